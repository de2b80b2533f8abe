import { StringDecoder } from 'node:string_decoder'

/** Thrown by `splitLines`: the stream is not what it should be, or is not going to be read in full. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError'
  readonly code = 'line_too_long'
}

/**
 * The non-empty lines of a UTF-8 byte stream. A last line without its line feed is dropped: the stream was cut in it.
 *
 * Not node:readline, which emits a stream's error once more on abort, with nobody listening.
 *
 * @throws LineTooLongError when a line has more than `longest` characters
 */
export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<string, void, void> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of bytes) {
    const text = rest + decoder.write(chunk as Buffer)
    let start = 0
    for (let end = text.indexOf('\n', rest.length); end >= 0; end = text.indexOf('\n', start)) {
      if (end > start) yield text.slice(start, end)
      start = end + 1
    }
    rest = text.slice(start)
    if (rest.length > longest) throw new LineTooLongError(`a line is longer than ${longest} characters`)
  }
}
