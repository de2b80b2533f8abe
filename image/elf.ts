import { closeSync, openSync, readSync } from 'node:fs'

/** What an ELF file asks of the system that loads it. */
export type Wants = {
  /** Names of shared libraries (DT_NEEDED), in the file's order. */
  readonly libraries: readonly string[]
  /** Path of the dynamic loader (PT_INTERP); undefined in libraries. */
  readonly loader: string | undefined
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3]
const [DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ] = [0n, 1n, 5n, 10n]

/**
 * Reads the headers alone, so that it works for every architecture and runs nothing, which `ldd` does.
 * 64 bit, little-endian: amd64 and arm64 (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html).
 *
 * @throws Error
 */
export function wantsOf(file: string): Wants {
  const descriptor = openSync(file, 'r')
  try {
    const read = (offset: number, length: number) => {
      const bytes = Buffer.alloc(length)
      if (readSync(descriptor, bytes, 0, length, offset) < length) throw new Error(`${file} ends before its headers do`)
      return bytes
    }
    const header = read(0, 64)
    if (header.readUInt32BE(0) !== 0x7f_45_4c_46 || header[4] !== 2 || header[5] !== 1)
      throw new Error(`${file} is no ELF file of 64 bit, little-endian`)
    const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)]
    const table = read(Number(header.readBigUInt64LE(32)), size * count)
    const segments = Array.from({ length: count }, (_, index) => segmentAt(table, index * size))
    const interpreter = segments.find(({ type }) => type === PT_INTERP)
    const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
    return {
      libraries: dynamic === undefined ? [] : neededBy(read(dynamic.offset, dynamic.size), segments, read),
      loader: interpreter && textAt(read(interpreter.offset, interpreter.size), 0),
    }
  } finally {
    closeSync(descriptor)
  }
}

type Segment = { readonly type: number; readonly offset: number; readonly address: number; readonly size: number }

function segmentAt(table: Buffer, at: number): Segment {
  return {
    type: table.readUInt32LE(at),
    offset: Number(table.readBigUInt64LE(at + 8)),
    address: Number(table.readBigUInt64LE(at + 16)),
    size: Number(table.readBigUInt64LE(at + 32)),
  }
}

function neededBy(
  dynamic: Buffer,
  segments: readonly Segment[],
  read: (offset: number, length: number) => Buffer,
): readonly string[] {
  const entries: { readonly tag: bigint; readonly value: number }[] = []
  for (let at = 0; at + 16 <= dynamic.length; at += 16) {
    const tag = dynamic.readBigUInt64LE(at)
    if (tag === DT_NULL) break
    entries.push({ tag, value: Number(dynamic.readBigUInt64LE(at + 8)) })
  }
  const valueOf = (tag: bigint) => entries.find(entry => entry.tag === tag)?.value ?? 0
  const address = valueOf(DT_STRTAB)
  const home = segments.find(
    ({ type, address: start, size }) => type === PT_LOAD && address >= start && address < start + size,
  )
  if (home === undefined) return []
  const strings = read(address - home.address + home.offset, valueOf(DT_STRSZ))
  return entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => textAt(strings, value))
}

function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(0, start))
}
