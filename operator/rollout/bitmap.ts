/**
 * A set of member indices as a string: bits, least significant first, base64, zeros at the end left out.
 * Ten thousand members take at most 1.7 KB.
 */
export type Bitmap = { readonly has: (index: number) => boolean; readonly size: number }

export function readBitmap(text: string | undefined): Bitmap {
  const bytes = Buffer.from(text ?? '', 'base64')
  let size = 0
  for (const byte of bytes) for (let rest = byte; rest > 0; rest &= rest - 1) size += 1
  return { has: index => ((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0, size }
}

export function writeBitmap(indices: Iterable<number>): string {
  const list = [...indices]
  if (list.length === 0) return ''
  const bytes = new Uint8Array((list.reduce((most, index) => Math.max(most, index), 0) >> 3) + 1)
  for (const index of list) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7))
  return Buffer.from(bytes).toString('base64')
}
