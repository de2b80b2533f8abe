import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Settings, settingsOf } from '../../image/settings.ts'
import { sourceOf } from '../../image/source.ts'

const ROOT = join(import.meta.dirname, '../..')
const text = readFileSync(join(ROOT, 'Containerfile'), 'utf8')
const instructions = text.split('\n').flatMap(line => {
  const [, word, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? []
  return word === undefined || rest === undefined ? [] : [{ word, rest }]
})
const stages = instructions.flatMap(({ word }, index) => (word === 'FROM' ? [index] : []))

/** What the last stage says, in the form in which the image made by `npm run image` says it. */
function settings(): Settings {
  const last = instructions.slice(stages.at(-1))
  const all = (wanted: string) => last.flatMap(({ word, rest }) => (word === wanted ? [rest] : []))
  const one = (wanted: string) => {
    const [found = '', ...more] = all(wanted)
    expect(more, wanted).to.deep.equal([])
    return found
  }
  const pairs = (wanted: string) => all(wanted).map(rest => /^([\w.]+)="(.*)"$/.exec(rest)?.slice(1) ?? [rest])
  return {
    User: one('USER'),
    Env: pairs('ENV').map(pair => pair.join('=')),
    Entrypoint: JSON.parse(one('ENTRYPOINT')) as readonly string[],
    WorkingDir: one('WORKDIR'),
    StopSignal: one('STOPSIGNAL'),
    Labels: Object.fromEntries(pairs('LABEL')) as Settings['Labels'],
  }
}

describe('the Containerfile', () => {
  it('says of user, environment, entrypoint and labels what the image says', () => {
    const wanted = settingsOf({ ...sourceOf('0'), revision: '${REVISION}' })
    expect(settings()).to.deep.equal(wanted)
  })

  it('has the files of the image and no others, from the same command', () => {
    expect(stages).to.have.length(2)
    const copies = instructions.slice(stages[1]).filter(({ word }) => ['COPY', 'ADD', 'RUN'].includes(word))
    expect(copies).to.deep.equal([{ word: 'COPY', rest: '--from=build /rootfs/ /' }])
    expect(instructions.find(({ word }) => word === 'RUN')?.rest).to.match(/ node image\/main\.ts --rootfs \/rootfs$/)
  })

  it('names no registry: what it is built from is an argument', () => {
    const bases = instructions.filter(({ word }) => word === 'FROM').map(({ rest }) => rest)
    expect(bases).to.deep.equal(['${BASE} AS build', 'scratch'])
    expect(instructions[0]).to.deep.equal({ word: 'ARG', rest: 'BASE' })
  })
})
