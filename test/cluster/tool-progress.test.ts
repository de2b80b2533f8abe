import { expect } from 'chai'
import { LINE_EVERY_MS, showProgress } from './tool-progress.ts'

function recorder(isTTY: boolean) {
  const written: string[] = []
  let now = 0
  const progress = showProgress({ isTTY, write: text => void written.push(text) }, () => now)
  return {
    written,
    progress,
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('progress', () => {
  it('without a terminal is a line at once and then one every 15 seconds', () => {
    const { written, progress, pass } = recorder(false)
    for (let second = 0; second < 31; second++) {
      progress.update(`building, ${second} packages`)
      pass(1000)
    }
    progress.close()
    expect(LINE_EVERY_MS).to.equal(15_000)
    expect(written).to.deep.equal([
      'building, 0 packages, 0 s\n',
      'building, 15 packages, 15 s\n',
      'building, 30 packages, 30 s\n',
    ])
  })

  it('on a terminal replaces its line each time', () => {
    const { written, progress, pass } = recorder(true)
    progress.update('building')
    pass(2000)
    progress.update('building')
    progress.done('built')
    progress.close()
    expect(written.map(text => text.replace('\u001b[K', '<clear>'))).to.deep.equal([
      '\r<clear>building, 0 s',
      '\r<clear>building, 2 s',
      '\r<clear>built, 2 s\n',
    ])
  })

  it('counts the seconds of each piece of work from its own beginning', () => {
    const { written, progress, pass } = recorder(false)
    pass(60_000)
    progress.done('built one')
    pass(5000)
    progress.done('built two')
    progress.close()
    expect(written).to.deep.equal(['built one, 60 s\n', 'built two, 5 s\n'])
  })
})
