import { createHash } from 'node:crypto'

/** The text in at most so many bytes of JSON, its quotes left out; an ellipsis stands for what was cut. */
export function clip(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text
  let room = bytes - bytesOf('…')
  let kept = ''
  for (const character of text) {
    room -= bytesOf(character)
    if (room < 0) break
    kept += character
  }
  return `${kept}…`
}

/** A person's name as a status keeps it: a very long one is clipped, and a digest still tells it from every other. */
export function nameToKeep(name: string, bytes: number = LONGEST_NAME): string {
  if (bytesOf(name) <= bytes) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return `${clip(name, bytes - digest.length - 1)} ${digest}`
}

/** Bytes; as long as a name in ASCII may be. */
const LONGEST_NAME = 256

function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2
}
