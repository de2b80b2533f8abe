import type { Change } from './change.ts'
import { keyOf } from './object.ts'
import type { Identified } from './object.ts'
import { compareResourceVersions } from './version.ts'

/** The server answered a consistent list with a state older than one it showed before. */
export class StaleListError extends Error {
  override readonly name = 'StaleListError'
  readonly code = 'stale_list'
}

/**
 * The objects of one resource as of a position in its history, together with newer ones we wrote ourselves.
 *
 * Invariants, resting on resourceVersions of one resource being ordered (KEP-5504):
 * - An object is only ever replaced by a newer version of it.
 * - The store is complete up to `position()`: an object at or below it that is absent here has been deleted since,
 *   so a late answer or a repeated event must not bring it back.
 * - The position never goes back.
 */
export type Store<T> = {
  get(key: string): T | undefined
  values(): Iterable<T>
  size(): number
  /** Undefined until the first list was taken over. */
  position(): string | undefined
  /**
   * Takes over a complete list read at `resourceVersion`; what is not in it is gone, unless written since.
   * Gives way to the event loop between objects.
   *
   * @throws StaleListError when the list is older than the position
   */
  replace(objects: ReadonlyMap<string, T>, resourceVersion: string): Promise<void>
  /** A watch event: the object was added or modified. A repetition, not after the position, changes nothing. */
  put(object: T): void
  /** A watch event: the object was deleted, or left the selection, at its resourceVersion. */
  delete(object: Identified): void
  /** All events up to this version have been applied. */
  advance(resourceVersion: string): void
  /** The answer of an own write. `known` restricts it to objects already held. */
  observe(object: T, known: boolean): void
}

export function createStore<T extends Identified>(
  emit: (change: Change<T>) => void,
  breathe: () => Promise<void>,
): Store<T> {
  const held = new Map<string, T>()
  let position: string | undefined

  const passed = (version: string) => position !== undefined && compareResourceVersions(version, position) <= 0

  /** Advances to an event's version; false when that is nothing new. */
  const move = ({ metadata }: Identified): boolean => {
    if (passed(metadata.resourceVersion)) return false
    position = metadata.resourceVersion
    return true
  }

  /** The same name under another UID is another object: consumers see the old one go and the new one come. */
  const replace = (key: string, object: T, listed: boolean): void => {
    const previous = held.get(key)
    if (previous !== undefined && !newer(object, previous)) return
    held.set(key, object)
    const origin = listed ? { listed } : {}
    if (previous === undefined) return emit({ kind: 'added', object, ...origin })
    if (previous.metadata.uid === object.metadata.uid) return emit({ kind: 'updated', object, previous, ...origin })
    emit({ kind: 'deleted', object: previous, previous, ...origin })
    emit({ kind: 'added', object, ...origin })
  }

  const remove = (key: string, upTo: string, listed: boolean): void => {
    const previous = held.get(key)
    if (previous === undefined || compareResourceVersions(previous.metadata.resourceVersion, upTo) > 0) return
    held.delete(key)
    emit({ kind: 'deleted', object: previous, previous, ...(listed ? { listed } : {}) })
  }

  return {
    get: key => held.get(key),
    values: () => held.values(),
    size: () => held.size,
    position: () => position,
    replace: async (objects, resourceVersion) => {
      if (position !== undefined && compareResourceVersions(resourceVersion, position) < 0) {
        throw new StaleListError(
          `the list is of version ${resourceVersion}, but ${position} was seen before. A server that lags behind will ` +
            'catch up; after etcd was restored from a backup, restart this process.',
        )
      }
      position = resourceVersion
      for (const [key, object] of objects) {
        replace(key, object, true)
        await breathe()
      }
      for (const key of [...held.keys()].filter(key => !objects.has(key))) {
        remove(key, resourceVersion, true)
        await breathe()
      }
    },
    put: object => {
      if (move(object)) replace(keyOf(object), object, false)
    },
    delete: object => {
      if (move(object)) remove(keyOf(object), object.metadata.resourceVersion, false)
    },
    advance: resourceVersion => {
      if (!passed(resourceVersion)) position = resourceVersion
    },
    observe: (object, known) => {
      const key = keyOf(object)
      if (!held.has(key) && (known || passed(object.metadata.resourceVersion))) return
      replace(key, object, false)
    },
  }
}

function newer(a: Identified, b: Identified): boolean {
  return compareResourceVersions(a.metadata.resourceVersion, b.metadata.resourceVersion) > 0
}
