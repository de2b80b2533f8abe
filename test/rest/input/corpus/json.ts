import { type Case, RECOVER } from './case.ts'

const REST = '"strategy":"retry","reason":"for the corpus"'
const to = { method: 'POST', path: RECOVER, status: 400, error: 'malformed_json' } as const

const BROKEN: readonly (readonly [text: string, says: RegExp])[] = [
  ['{', /line 1, column 2/],
  ['{"reason"', /line 1, column 10/],
  ['{"reason":', /ends too early/],
  ['{"reason":"x', /line 1, column 13/],
  ['{"reason":"x"', /line 1, column 14/],
  ['[', /ends too early/],
  ['tru', /ends too early/],
  ['{"reason":"x"}}', /line 1, column 15/],
  ['{}{}', /line 1, column 3/],
  ["{'reason':'x'}", /line 1, column 2/],
  ['{reason:"x"}', /line 1, column 2/],
  ['{"reason":"x",}', /line 1, column 15/],
  ['{\n"reason":"x"\n"strategy":"retry"}', /line 3, column 1/],
  ['// why not\n{}', /"\/" stands where it cannot|line 1, column 1/],
  ['NaN', /it is no JSON value/],
  ['-Infinity', /line 1, column 2/],
  ['{"reason":undefined}', /"u" stands|line 1, column 11/],
  ['{"reason":0x10}', /line 1, column 12/],
  ['{"reason":01}', /line 1, column 12/],
  ['{"reason":+1}', /"\+" stands|line 1, column 11/],
  ['{"reason":1.}', /line 1, column 13/],
  ['{"reason":.5}', /"\." stands|line 1, column 11/],
  ['{"reason":"a\tb"}', /line 1, column 13/],
  ['{"reason":"\\x41"}', /line 1, column 13/],
  ['{"reason":"\\u12"}', /line 1, column 1\d/],
  ['reason=x&strategy=retry', /"r" stands|line 1/],
  ['<recover strategy="retry"/>', /"<" stands|line 1/],
  ['\u0000', /line 1|stands where it cannot/],
]

const BYTES: readonly (readonly [title: string, raw: Buffer])[] = [
  ['in UTF-16', Buffer.from(`\ufeff{${REST}}`, 'utf16le')],
  ['with a byte that is no UTF-8', Buffer.concat([Buffer.from('{"reason":"'), Buffer.from([0xff]), Buffer.from('"}')])],
  ['with an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ['with a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ['cut in the middle of a character', Buffer.from('{"reason":"é').subarray(0, -1)],
]

const nested = (open: string, close: string, levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`

/** Whether a body is JSON, and JSON that everybody reads in the same way. */
export const JSON_TEXTS: readonly Case[] = [
  ...BROKEN.map(([raw, says]) => ({ ...to, title: `the body ${JSON.stringify(raw)}`, raw, says })),
  ...BYTES.map(([title, raw]) => ({ ...to, title: `a body ${title}`, raw, says: /is not UTF-8; encode it so/ })),
  {
    ...to,
    title: 'arrays 17 levels deep',
    raw: nested('[', ']', 17),
    says: /more than 16 levels deep, line 1, column 17/,
  },
  { ...to, title: 'objects 17 levels deep', raw: nested('{"a":', '}', 17), says: /16 levels deep, line 1, column 81/ },
  { ...to, title: 'arrays 30,000 levels deep', raw: nested('[', ']', 30_000), says: /16 levels deep/ },
  { ...to, title: 'brackets that never close', raw: '['.repeat(60_000), says: /16 levels deep/ },
  {
    ...to,
    title: 'arrays 16 levels deep, which are read',
    raw: nested('[', ']', 16),
    status: 422,
    error: 'invalid_request',
    says: /\(the body\) must be object/,
  },
  {
    ...to,
    title: 'a key twice',
    raw: `{${REST},"strategy":"rollback"}`,
    says: /has the key "strategy" twice in one object, line 1, column 47/,
  },
  {
    ...to,
    title: 'a key twice with one value',
    raw: `{${REST},"reason":"for the corpus"}`,
    says: /key "reason" twice/,
  },
  {
    ...to,
    title: 'a key twice, once in escapes',
    raw: `{${REST},"\\u0072eason":"x"}`,
    says: /has the key "\\u0072eason" twice/,
  },
  {
    ...to,
    title: 'a key twice, deep inside',
    path: '/rollouts?dryRun=All',
    raw: '{"plan_id":"p","artifact_ref":"x","stages":[{"id":"a","nodes":{}},\n{"id":"b","id":"c","nodes":{}}]}',
    says: /has the key "id" twice in one object, line 2, column 11/,
  },
  { ...to, title: '__proto__ twice', raw: '{"__proto__":1,"__proto__":2}', says: /key "__proto__" twice/ },
  { ...to, title: 'half a surrogate pair', raw: `{"x":"\\ud83d",${REST}}`, says: /half a surrogate pair.*column 6/ },
  { ...to, title: 'the other half', raw: `{"x":"\\ude00",${REST}}`, says: /half a surrogate pair/ },
  { ...to, title: 'the halves the wrong way round', raw: `{"x":"\\ude00\\ud83d",${REST}}`, says: /half a surrogate/ },
  { ...to, title: 'half a surrogate pair as a key', raw: `{"\\udfff":1,${REST}}`, says: /half a surrogate.*column 2/ },
  {
    ...to,
    title: 'NUL in a text',
    raw: '{"strategy":"retry","reason":"a\\u0000b"}',
    says: /control character, line 1, column 30/,
  },
  { ...to, title: 'NUL in a key', raw: `{"re\\u0000ason":"x",${REST}}`, says: /control character, line 1, column 2/ },
  {
    ...to,
    title: 'what clears a screen',
    raw: '{"strategy":"retry","reason":"\\u001b[2J"}',
    says: /control character/,
  },
  { ...to, title: 'a C1 control', raw: '{"strategy":"retry","reason":"\\u009b2J"}', says: /control character/ },
  { ...to, title: 'DEL as it is', raw: '{"strategy":"retry","reason":"a\u007fb"}', says: /control character/ },
  {
    ...to,
    title: 'a pair of surrogates',
    raw: '{"strategy":"retry","reason":"\\ud83d\\ude00"}',
    status: 200,
    error: undefined,
  },
  {
    ...to,
    title: 'a reason of two lines',
    raw: '{"strategy":"retry","reason":"a\\n\\tb"}',
    status: 200,
    error: undefined,
  },
  { ...to, title: 'a byte order mark before it', raw: `\ufeff{${REST}}`, status: 200, error: undefined },
  {
    ...to,
    title: 'two byte order marks',
    raw: `\ufeff\ufeff{${REST}}`,
    says: /stands where it cannot|line 1, column 1/,
  },
  { ...to, title: 'nothing but a byte order mark', raw: '\ufeff', says: /ends too early/ },
  { ...to, title: 'blanks around it', raw: ` \r\n\t{${REST}} \n`, status: 200, error: undefined },
  { ...to, title: 'nothing but blanks', raw: ' \n ', says: /ends too early/ },
] as readonly Case[]
