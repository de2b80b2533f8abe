import { ANSWERS } from './answers.ts'
import { IDENTITY } from './identity.ts'
import { LEASE } from './lease.ts'
import { MEMORY } from './memory.ts'
import type { Mutant } from './mutant.ts'
import { ORDER } from './order.ts'
import { RULES } from './rules.ts'
import { VIEWS } from './views.ts'

export const MUTANTS: readonly Mutant[] = [...ORDER, ...RULES, ...MEMORY, ...IDENTITY, ...ANSWERS, ...LEASE, ...VIEWS]
