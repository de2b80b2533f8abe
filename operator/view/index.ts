import type { Cache } from '../kube/cache.ts'
import type { Identified } from '../kube/object.ts'

/** Objects of a cache by something other than their key, several under one; kept up to date with the cache. */
export function groupIndex<K, T extends Identified>(
  cache: Cache<T>,
  keyOf: (object: T) => K,
): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, readonly T[]>()
  const remove = (object: T) => {
    const key = keyOf(object)
    const rest = (groups.get(key) ?? []).filter(({ metadata }) => metadata.uid !== object.metadata.uid)
    if (rest.length > 0) groups.set(key, rest)
    else groups.delete(key)
  }
  const add = (object: T) => groups.set(keyOf(object), [...(groups.get(keyOf(object)) ?? []), object])
  follow(cache, add, remove)
  return groups
}

/** Objects of a cache by UID, kept up to date with the cache. */
export function uidIndex<T extends Identified>(cache: Cache<T>): ReadonlyMap<string, T> {
  const byUid = new Map<string, T>()
  follow(
    cache,
    object => byUid.set(object.metadata.uid, object),
    object => byUid.delete(object.metadata.uid),
  )
  return byUid
}

function follow<T extends Identified>(cache: Cache<T>, add: (object: T) => void, remove: (object: T) => void): void {
  for (const object of cache.values()) add(object)
  cache.subscribe(({ kind, object, previous }) => {
    if (previous) remove(previous)
    if (kind === 'deleted') remove(object)
    else add(object)
  })
}
