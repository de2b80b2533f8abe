/**
 * The part of DER (X.690) that an X.509 certificate needs: each function returns one complete
 * tag-length-value.
 */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), length(body.length), body])
}

function length(n: number): Buffer {
  if (n < 0x80) return Buffer.from([n])
  const bytes: number[] = []
  for (let rest = n; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)
export const octetString = (bytes: Uint8Array): Buffer => tlv(0x04, bytes)
export const utf8String = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'))
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]))

/** SET OF: DER wants the elements in ascending order of their encodings (X.690, 11.6). */
export const setOf = (...elements: readonly Buffer[]): Buffer => tlv(0x31, ...elements.toSorted(Buffer.compare))

/** A non-negative INTEGER given as big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex(byte => byte !== 0)
  const significant = first === -1 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first))
  return (significant[0] ?? 0) & 0x80 ? tlv(0x02, Buffer.from([0]), significant) : tlv(0x02, significant)
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const septets = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80)
    bytes.push(...septets)
  }
  return tlv(0x06, Buffer.from(bytes))
}

/** BIT STRING; `unused` is the number of unused bits in the last byte. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), bytes)

/** GeneralizedTime in UTC with whole seconds. */
export function generalizedTime(epochMs: number): Buffer {
  const text = new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tlv(0x18, Buffer.from(text, 'ascii'))
}

/** UTCTime, which RFC 5280 (4.1.2.5) demands for dates before 2050. */
export function utcTime(epochMs: number): Buffer {
  const text = new Date(epochMs)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .slice(2)
  return tlv(0x17, Buffer.from(text, 'ascii'))
}

/** An element with a context tag; constructed unless said otherwise. */
export const context = (tag: number, body: Uint8Array, constructed = true): Buffer =>
  tlv((constructed ? 0xa0 : 0x80) | tag, body)
