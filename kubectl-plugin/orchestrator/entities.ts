/** Answers that were read before, by path and query. One for one orchestrator; forgets the oldest beyond `most`. */
export type Entities = {
  get(path: string): Entity | undefined
  set(path: string, entity: Entity): void
}

export type Entity = { readonly etag: string; readonly body: unknown }

/** @param most answers remembered; those of a big fleet are megabytes each */
export function rememberEntities(most = 64): Entities {
  const known = new Map<string, Entity>()
  return {
    get: path => known.get(path),
    set: (path, entity) => {
      known.delete(path)
      known.set(path, entity)
      const oldest = known.keys().next()
      if (known.size > most && !oldest.done) known.delete(oldest.value)
    },
  }
}
