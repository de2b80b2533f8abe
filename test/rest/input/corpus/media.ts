import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { type Case, GOOD, RECOVER } from './case.ts'

const TEXT = JSON.stringify(GOOD)

const REFUSED_TYPES = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonp',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/vnd.kubernetes.protobuf',
  'application/octet-stream',
  '*/*',
  'application',
  'json',
  'application/json, text/plain',
] as const

const TAKEN_TYPES = [
  'application/json; charset=utf-8',
  'Application/JSON; Charset="UTF-8"',
  'application/json;charset=utf8',
  'application/json; profile=x',
] as const

const ENCODINGS = [
  ['gzip', gzipSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['br', brotliCompressSync(TEXT)],
  ['zstd', zstdCompressSync(TEXT)],
  ['gzip, identity', gzipSync(TEXT)],
  ['unheard-of', Buffer.from(TEXT)],
] as const

const to = { method: 'POST', path: RECOVER } as const

/** What a body is said to be. */
export const MEDIA: readonly Case[] = [
  ...REFUSED_TYPES.map(type => ({
    ...to,
    title: `a body of type ${type}`,
    headers: { 'content-type': type },
    raw: TEXT,
    status: 415,
    error: 'unsupported_media_type',
    says: /send the header "Content-Type: application\/json", not "/,
  })),
  ...TAKEN_TYPES.map(type => ({
    ...to,
    title: `a body of type ${type}`,
    headers: { 'content-type': type },
    raw: TEXT,
    status: 200,
  })),
  {
    ...to,
    title: 'a body without a type',
    headers: { 'content-type': '' },
    raw: TEXT,
    status: 415,
    error: 'unsupported_media_type',
    says: /Content-Type: application\/json/,
  },
  ...['utf-16', 'iso-8859-1', 'us-ascii', 'utf-7', 'x', ''].map(charset => ({
    ...to,
    title: `the character set "${charset}"`,
    headers: { 'content-type': `application/json; charset=${charset}` },
    raw: TEXT,
    status: 415,
    error: 'unsupported_media_type',
    says: /JSON in UTF-8/,
  })),
  ...ENCODINGS.map(([encoding, raw]) => ({
    ...to,
    title: `a body in ${encoding}`,
    headers: { 'content-encoding': encoding },
    raw,
    status: 415,
    error: 'unsupported_media_type',
    says: /must not be compressed: leave the header "Content-Encoding: .+" out/,
  })),
  { ...to, title: 'a body in identity', headers: { 'content-encoding': 'identity' }, raw: TEXT, status: 200 },
  {
    ...to,
    title: 'compressed bytes that are called JSON',
    raw: gzipSync(TEXT),
    status: 400,
    error: 'malformed_json',
    says: /is not UTF-8; encode it so/,
  },
  {
    ...to,
    title: 'a body of 64 KiB and one byte',
    raw: `"${'x'.repeat(65_535)}"`,
    status: 413,
    error: 'body_too_large',
    says: /larger than 64 KiB; a plan .* half/,
  },
  {
    ...to,
    title: 'a body of 8 MiB',
    raw: Buffer.alloc(8 * 1024 * 1024, ' '),
    status: 413,
    error: 'body_too_large',
    says: /larger than 64 KiB/,
  },
  {
    ...to,
    title: 'a body of 64 KiB exactly',
    raw: TEXT.padEnd(65_536),
    status: 200,
  },
  {
    ...to,
    title: 'no body',
    status: 422,
    error: 'invalid_request',
    says: /\(the body\) is missing: send a JSON object/,
  },
  {
    method: 'GET',
    path: '/rollouts/corpus',
    title: 'a body where none is read, which is no JSON',
    raw: '{',
    status: 400,
    error: 'malformed_json',
    says: /line 1, column 2/,
  },
]
