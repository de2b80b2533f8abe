import type { Argument, Command, Completion, Flag } from '../cli/command.ts'

/** What can stand where the cursor is, found out from the words before it. */
export type Slot =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** Names that only the cluster, the kubeconfig or the file system knows. `before` goes in front: `--plan-id=`. */
  | { readonly kind: 'live'; readonly what: Completion; readonly before: string }
  | { readonly kind: 'nothing' }

export type Candidate = { readonly word: string; readonly says: string }

export type Line = {
  readonly slot: Slot
  /** What has been typed of the word. */
  readonly typed: string
  /** The values given so far, by the name of flag or argument. */
  readonly given: ReadonlyMap<string, readonly string[]>
}

/** Reads the words of an unfinished command line, the last of which is being typed. Never throws: it may be wrong so far. */
export function readLine(words: readonly string[], commands: readonly Command[]): Line {
  const typed = words.at(-1) ?? ''
  const all = new Map(commands.flatMap(({ flags }) => flags.map(flag => [flag.name, flag] as const)))
  const given = new Map<string, readonly string[]>()
  const put = (name: string, value: string) => given.set(name, [...(given.get(name) ?? []), value])
  const plain: string[] = []
  let awaiting: Flag | undefined
  for (const word of words.slice(0, -1)) {
    if (awaiting !== undefined) {
      put(awaiting.name, word)
      awaiting = undefined
      continue
    }
    const flag = flagOf(word, all)
    if (flag === undefined) plain.push(word)
    else if (word.includes('=')) put(flag.name, word.slice(word.indexOf('=') + 1))
    else if (flag.value !== undefined) awaiting = flag
    else put(flag.name, 'true')
  }
  const command = commandOf(plain, commands)
  const taken = command === undefined ? [] : plain.slice(command.path.length)
  for (const [index, word] of taken.entries()) {
    const argument = command?.takes[index]
    if (argument !== undefined) put(argument.flag ?? argument.name, word)
  }
  const slot =
    awaiting === undefined ? slotOf(typed, plain, command, taken.length, given, commands) : ofValue(awaiting, '')
  return { slot, typed, given }
}

function slotOf(
  typed: string,
  plain: readonly string[],
  command: Command | undefined,
  taken: number,
  given: Line['given'],
  commands: readonly Command[],
): Slot {
  if (typed.startsWith('-')) {
    const equals = typed.indexOf('=')
    const known = command?.flags ?? []
    if (equals < 0) return { kind: 'words', candidates: flagWords(known, given) }
    const flag = known.find(({ name }) => typed.startsWith(`--${name}=`))
    return flag === undefined ? { kind: 'nothing' } : ofValue(flag, typed.slice(0, equals + 1))
  }
  if (command === undefined) return { kind: 'words', candidates: nextWords(plain, commands) }
  const argument = command.takes[taken]
  // What was said by the flag is not said again.
  if (argument === undefined || given.has(argument.flag ?? argument.name)) return { kind: 'nothing' }
  return ofValue(argument, '')
}

function ofValue({ oneOf, completes, name }: Flag | Argument, before: string): Slot {
  if (oneOf !== undefined) return words(oneOf, before)
  if (name === 'output') return words(['json', 'yaml', 'wide', 'name', 'jsonpath='], before)
  return completes === undefined ? { kind: 'nothing' } : { kind: 'live', what: completes, before }
}

function words(all: readonly string[], before: string): Slot {
  return { kind: 'words', candidates: all.map(word => ({ word: `${before}${word}`, says: '' })) }
}

function flagWords(flags: readonly Flag[], given: Line['given']): readonly Candidate[] {
  const left = flags.filter(({ name, many }) => many === true || !given.has(name))
  return [...left, { name: 'help', says: 'tell everything about this command' }].map(({ name, says }) => ({
    word: `--${name}`,
    says,
  }))
}

function nextWords(plain: readonly string[], commands: readonly Command[]): readonly Candidate[] {
  const below = commands.filter(({ path }) => plain.every((word, index) => path[index] === word))
  const next = Map.groupBy(below, ({ path }) => path[plain.length] ?? '')
  return [...next].map(([word, group]) => {
    const [only] = group
    return { word, says: group.length === 1 && only !== undefined ? only.summary : '' }
  })
}

function commandOf(plain: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands.find(({ path }) => path.every((word, index) => plain[index] === word))
}

function flagOf(word: string, all: ReadonlyMap<string, Flag>): Flag | undefined {
  const long = /^--([^=]+)/.exec(word)?.[1]
  if (long !== undefined) return all.get(long)
  const short = /^-(\w)$/.exec(word)?.[1]
  return short === undefined ? undefined : [...all.values()].find(flag => flag.short === short)
}
