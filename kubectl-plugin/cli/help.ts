import { type Screen, paint } from '../output/screen.ts'
import { wrap } from '../output/table.ts'
import { EXITS } from './exits.ts'
import type { Command, Flag } from './command.ts'
import { CONNECTION } from './flags.ts'

const COLUMNS = 80

/** Help for the words of a path: a command's own, a group's, or the whole program's. */
export function helpFor(
  path: readonly string[],
  commands: readonly Command[],
  program: string,
  screen: Screen,
): string {
  const command = commands.find(candidate => candidate.path.join(' ') === path.join(' '))
  if (command !== undefined) return commandHelp(command, program, screen)
  const below = commands.filter(candidate => path.every((word, index) => candidate.path[index] === word))
  return path.length === 0 ? programHelp(below, program, screen) : groupHelp(path, below, program, screen)
}

function programHelp(commands: readonly Command[], program: string, screen: Screen): string {
  const start = [
    ['rollout plan list', 'which plans stand still'],
    ['rollout plan describe PLAN', 'why, and what can be done'],
    ['rollout watch', 'all of it, live'],
  ] as const
  return [
    `${wrap('Steers rollouts of fleets of nodes: says where they are, why they stand still, and gets them going again.', COLUMNS, '')}\n\n`,
    heading('Begin with', screen),
    rows(
      start.map(([words, does]) => [`${program} ${words}`, does]),
      screen,
    ),
    '\n',
    heading('Commands', screen),
    rows(
      commands.map(command => [usageWords(command), command.summary]),
      screen,
    ),
    '\n',
    heading('Whom to ask, and as whom', screen),
    flagRows(CONNECTION, screen),
    '\n',
    heading('How it ends', screen),
    rows(
      EXITS.map(({ code, means }) => [String(code), means]),
      screen,
    ),
    `\n${wrap(`"${program} COMMAND --help" tells everything about one command, with examples.`, COLUMNS, '')}\n`,
  ].join('')
}

function groupHelp(path: readonly string[], commands: readonly Command[], program: string, screen: Screen): string {
  return [
    `${program} ${path.join(' ')} COMMAND\n\n`,
    heading('Commands', screen),
    rows(
      commands.map(command => [usageWords(command), command.summary]),
      screen,
    ),
    `\n${wrap(`"${program} ${path.join(' ')} COMMAND --help" tells everything about one of them.`, COLUMNS, '')}\n`,
  ].join('')
}

function commandHelp(command: Command, program: string, screen: Screen): string {
  const own = command.flags.filter(flag => !CONNECTION.includes(flag))
  const connects = command.flags.some(flag => CONNECTION.includes(flag))
  return [
    `${command.summary}.\n\n`,
    heading('Usage', screen),
    `  ${program} ${usageWords(command)}${command.flags.length === 0 ? '' : ' [flags]'}\n\n`,
    ...command.describes.map(text => `${wrap(text, COLUMNS, '')}\n\n`),
    ...(command.examples.length === 0
      ? []
      : [
          heading('Examples', screen),
          ...command.examples.map(
            ({ does, words }) => `  ${paint(screen, 'dim', `# ${does}`)}\n  ${program} ${words}\n\n`,
          ),
        ]),
    ...(own.length === 0 ? [] : [heading('Flags', screen), flagRows(own, screen), '\n']),
    ...(connects ? [heading('Whom to ask, and as whom', screen), flagRows(CONNECTION, screen)] : []),
  ]
    .join('')
    .replace(/\n+$/, '\n')
}

/** `rollout recover PLAN`; what may be left out in brackets. */
export function usageWords({ path, takes }: Command): string {
  const words = takes.map(({ name, optional }) => (optional ? `[${name}]` : name))
  return [...path, ...words].join(' ')
}

export function flagWords({ name, short, value }: Flag): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

export function flagSays({ says, oneOf, many }: Flag): string {
  const words = oneOf === undefined || oneOf.every(word => says.includes(word)) ? '' : `: ${oneOf.join(', ')}`
  return `${says}${words}${many ? '; may be repeated' : ''}`
}

function flagRows(flags: readonly Flag[], screen: Screen): string {
  return rows(
    flags.map(flag => [flagWords(flag), flagSays(flag)]),
    screen,
  )
}

function heading(text: string, screen: Screen): string {
  return `${paint(screen, 'bold', `${text}:`)}\n`
}

/** Two columns within 80; a left part that is too long has its line to itself. */
function rows(pairs: readonly (readonly [left: string, right: string])[], screen: Screen): string {
  const width = Math.min(34, Math.max(...pairs.map(([left]) => left.length)))
  const indent = ' '.repeat(width + 4)
  return pairs
    .map(([left, right]) => {
      const text = wrap(right, COLUMNS, indent)
      const head = `  ${paint(screen, 'cyan', left)}`
      return left.length > width
        ? `${head}\n${indent}${text}\n`
        : `${head}${' '.repeat(width - left.length + 2)}${text}\n`
    })
    .join('')
}
