/** What differs from run to run, made equal; columns stay as wide as they are. */
export function masked(text: string): string {
  const same = (letter: string) => (found: string) => letter.repeat(found.length)
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, same('T'))
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, same('U'))
    .replaceAll(/(?<=-)[0-9a-f]{10}\b/g, same('D'))
    .replaceAll(/\b(\d+[dhms]){1,2}\b/g, 'AGE')
    .replaceAll(/ +$/gm, '')
}
