import { difference } from './end-state.ts'
import type { Ground } from './ground.ts'
import type { TracedWrite } from './trace.ts'

/**
 * What is wrong about writes to what had ended: that they have changed anything but words. The sentence about a plan that has
 * just been completed may be put better once more.
 */
export function lateFlaws(writes: readonly TracedWrite[], ground: Pick<Ground, 'observer'>): readonly string[] {
  return writes
    .filter(({ code }) => (code ?? 500) < 300)
    .flatMap(({ verb, resource, object }) => {
      const change = changeOf(object, ground)
      return change === undefined ? [] : [`it wrote about what had ended: ${verb} ${resource} ${object}${change}`]
    })
}

/** What the last write of an object has changed, in words; undefined when it is nothing but words. */
function changeOf(object: string, { observer }: Pick<Ground, 'observer'>): string | undefined {
  const [first = '', second] = object.split('/')
  // Nodes have no namespace: theirs is a run by the beginning of its name.
  const [run, name] = second === undefined ? [first.slice(0, first.indexOf('-')), first] : [first, second]
  const versions = observer.history(run).filter(version => version.object.metadata.name === name && !version.deleted)
  const [before, after] = versions.slice(-2).map(version => withoutWords(version.object))
  return difference(before, after, '')
}

const WORDS: ReadonlySet<string> = new Set(['resourceVersion', 'managedFields', 'message'])

function withoutWords(object: object): unknown {
  return JSON.parse(JSON.stringify(object, (key, value) => (WORDS.has(key) ? undefined : value)))
}
