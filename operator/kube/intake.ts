import type { Identified, RawObject } from './object.ts'

/**
 * What a cache keeps of an object: without `managedFields` (often the larger half), trimmed by its owner, and frozen
 * all the way down, since everyone who reads the cache is handed the same object.
 */
export function takeIn<T extends Identified>(raw: RawObject, trim: (raw: RawObject) => T): T {
  const { managedFields: _, ...metadata } = raw.metadata as RawObject['metadata'] & { readonly managedFields?: unknown }
  return freeze(trim({ ...raw, metadata }))
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}
