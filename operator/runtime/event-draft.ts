import { createHash, randomUUID } from 'node:crypto'
import type { Draft } from '../kube/object.ts'
import type { KubeEvent, ObjectReference } from '../kube/resource.ts'

export type EventNote = {
  /** What it is about. The Event is stored in its namespace; in `default` for cluster-scoped objects. */
  readonly regarding: ObjectReference
  readonly related?: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** CamelCase code. */
  readonly reason: string
  /** What was being done, CamelCase. */
  readonly action: string
  /** For people; cut at 1,024 bytes. */
  readonly note: string
  /**
   * Identifies the occurrence, so that repeating it after a crash, or by another replica, gives no second Event while
   * the first is stored (an hour by default). Without it, equal notes within six minutes are counted as a series.
   */
  readonly id?: string
}

/** Equal for notes that tell of the same thing. */
export function eventKey(note: EventNote): string {
  const { regarding, related, type, reason, action } = note
  const parts = [regarding, related, type, reason, action, note.id ?? note.note]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Who reports. */
export type EventReporter = { readonly controller: string; readonly instance: string }

/** The Event to be stored; its name follows from the note when that has an `id`, and is unique otherwise. */
export function eventDraft(note: EventNote, reporter: EventReporter, eventTime: string): Draft<KubeEvent> {
  const { regarding, related, type, reason, action } = note
  const suffix = note.id === undefined ? randomUUID().replaceAll('-', '') : eventKey(note)
  return {
    metadata: {
      namespace: regarding.namespace ?? 'default',
      name: `${regarding.name.slice(0, 200)}.${suffix.slice(0, 16)}`,
    },
    eventTime,
    type,
    reason,
    action,
    note: cutToBytes(note.note, 1024),
    regarding,
    ...(related === undefined ? {} : { related }),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, 128),
  }
}

function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text
  const cut = Buffer.from(text)
    .subarray(0, limit - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  return `${cut}…`
}
