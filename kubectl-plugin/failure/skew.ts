/**
 * What a difference of releases means for a person; nothing when the two go together.
 *
 * They do when they have the same major and minor number (before 1.0 as well as after): patches change no surface.
 */
export function skewed(own: string, server: string | undefined): string | undefined {
  if (server === undefined) return 'the server is too old to say its release'
  const [a, b] = [own, server].map(release => release.split('.').slice(0, 2).join('.'))
  return a === b ? undefined : `this program is ${own} and the server ${server}: use the one of the same release`
}
