import { parseArgs } from 'node:util'
import type { Command, Flag } from './command.ts'
import { type Invocation, UsageError, type Values } from './invocation.ts'
import { didYouMean, nearest } from './nearest.ts'

export type Parsed =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  /** `--help`, or words that are not yet a command. */
  | { readonly kind: 'help'; readonly path: readonly string[] }

/**
 * Understands a command line. Flags may stand anywhere, before the command too.
 *
 * @throws UsageError for a word or flag that is not known, with the one that was meant where that can be guessed
 */
export function parse(args: readonly string[], commands: readonly Command[]): Parsed {
  const flags = new Map(commands.flatMap(command => command.flags.map(flag => [flag.name, flag] as const)))
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([
      ...[...flags.values()].map(({ name, short, value }) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
      ]),
      ['help', { type: 'boolean', short: 'h' }] as const,
    ]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const words = tokens.flatMap(token => (token.kind === 'positional' ? [token.value] : []))
  const path = pathOf(words, commands)
  const given = tokens.flatMap(token => (token.kind === 'option' ? [token] : []))
  if (given.some(({ name }) => name === 'help')) return { kind: 'help', path }
  const command = commands.find(candidate => sameWords(candidate.path, path))
  if (command === undefined) {
    const wrong = words[path.length]
    for (const option of given) check(option, flags.get(option.name), undefined, [...flags.values()])
    if (wrong === undefined) return { kind: 'help', path }
    throw unknownWord(wrong, path, commands)
  }
  const values = new Map<string, string[]>()
  const put = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value])
  for (const option of given) {
    const flag = command.flags.find(({ name }) => name === option.name)
    check(option, flag, command, [...flags.values()])
    put(option.name, option.value ?? 'true')
  }
  for (const flag of command.flags)
    if (!flag.many && new Set(values.get(flag.name)).size > 1)
      throw new UsageError(`--${flag.name} is given more than once: ${values.get(flag.name)?.join(', ')}`, path)
  for (const [index, word] of words.slice(path.length).entries()) {
    const argument = command.takes[index]
    if (argument === undefined) throw new UsageError(tooMany(word, command), path)
    const name = argument.flag ?? argument.name
    const other = values.get(name)?.[0]
    if (other !== undefined && other !== word)
      throw new UsageError(`${argument.name} is ${word} here and ${other} in --${name}; give one of them`, path)
    if (argument.oneOf !== undefined && !argument.oneOf.includes(word))
      throw new UsageError(`${argument.name} must be one of ${argument.oneOf.join(', ')}, not "${word}"`, path)
    if (other === undefined) put(name, word)
  }
  return { kind: 'run', invocation: { command, values: valuesOf(values, command) } }
}

type Option = {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function check(
  { name, rawName, value, inlineValue }: Option,
  flag: Flag | undefined,
  command: Command | undefined,
  all: readonly Flag[],
): void {
  const path = command?.path ?? []
  if (flag === undefined) {
    const known = command?.flags ?? all
    const near = didYouMean(
      nearest(
        name,
        known.map(each => each.name),
      ).map(each => `--${each}`),
    )
    const elsewhere = command && all.some(each => each.name === name)
    const what = elsewhere ? `${rawName} is no flag of ${path.join(' ')}` : `${rawName} is not known`
    throw new UsageError(near === '' ? what : `${what}; ${near}`, path)
  }
  if (flag.value === undefined) {
    const known = flag.name === 'dry-run' ? ['true', 'false', 'none', 'server'] : ['true', 'false']
    if (value !== undefined && !known.includes(value))
      throw new UsageError(
        flag.name === 'dry-run' && value === 'client'
          ? '--dry-run=client is not served: only the server knows what would happen; say --dry-run'
          : `${rawName} takes no value, or one of ${known.join(', ')}, not "${value}"`,
        path,
      )
    return
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: ${rawName} ${flag.value}`, path)
  if (inlineValue === false && value.startsWith('--'))
    throw new UsageError(
      `${rawName} needs a value, and ${value} looks like a flag; write ${rawName}=… if it is the value`,
      path,
    )
  if (value.trim() === '') throw new UsageError(`${rawName} is empty`, path)
  if (flag.oneOf !== undefined && !flag.oneOf.includes(value)) {
    const near = didYouMean(nearest(value, flag.oneOf, 1))
    throw new UsageError(
      `${rawName} must be one of ${flag.oneOf.join(', ')}, not "${value}"${near === '' ? '' : `; ${near}`}`,
      path,
    )
  }
}

/** The longest beginning of the words that begins a command. */
function pathOf(words: readonly string[], commands: readonly Command[]): readonly string[] {
  let length = 0
  const begins = (count: number) =>
    commands.some(({ path }) => path.length >= count && sameWords(path.slice(0, count), words.slice(0, count)))
  while (length < words.length && begins(length + 1)) {
    length += 1
    if (commands.some(({ path }) => sameWords(path, words.slice(0, length)))) break
  }
  return words.slice(0, length)
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index])
}

function unknownWord(word: string, path: readonly string[], commands: readonly Command[]): UsageError {
  const below = commands.filter(command => sameWords(command.path.slice(0, path.length), path))
  const next = [...new Set(below.flatMap(command => command.path[path.length] ?? []))]
  const deeper = commands.find(command => command.path.at(-1) === word)
  const near = didYouMean(nearest(word, next))
  const where = path.length === 0 ? '' : ` in ${path.join(' ')}`
  const hint = near !== '' ? near : deeper ? `did you mean ${deeper.path.join(' ')}?` : `known here: ${next.join(', ')}`
  return new UsageError(`"${word}" is no command${where}; ${hint}`, path)
}

function tooMany(word: string, { path, takes }: Command): string {
  const takesWhat = takes.length === 0 ? 'takes no arguments' : `takes ${takes.map(({ name }) => name).join(' ')} only`
  return `"${word}" is too much: ${path.join(' ')} ${takesWhat}; quote text that has blanks`
}

function valuesOf(values: ReadonlyMap<string, readonly string[]>, { path, takes, flags }: Command): Values {
  const all = (name: string) => values.get(name) ?? []
  return {
    all,
    get: name => all(name).at(-1),
    has: name => values.has(name) && !['false', 'none'].includes(all(name).at(-1) ?? ''),
    need: name => {
      const value = all(name).at(-1)
      if (value !== undefined) return value
      const argument = takes.find(taken => (taken.flag ?? taken.name) === name)
      const flag = flags.find(each => each.name === name)
      const how = argument
        ? `say which ${argument.says}: ${[...path, argument.name].join(' ')}${flag ? `, or --${name}` : ''}`
        : `--${name} is missing: ${flag?.says ?? name}`
      throw new UsageError(how, path)
    },
  }
}
