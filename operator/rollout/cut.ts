/**
 * The beginning of a text, of so many characters at most (UTF-16 code units, as JavaScript counts). Half a character is
 * never left: the API server would keep another one in its place, and the text would never be as it was written.
 */
export function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed()
}
