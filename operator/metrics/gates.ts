import { Counter, Gauge, type Registry } from 'prom-client'
import type { GateState } from '../api/gate-state.ts'
import { gate as gateSchema } from '../api/gate.ts'
import type { RolloutPlan } from '../api/object.ts'
import { GATE_STANDINGS, type GateChange, standingOf } from '../controllers/gate-record.ts'
import { holdsUp } from '../rollout/gates/gate.ts'
import { instant } from '../rollout/time.ts'
import type { Clock } from '../runtime/clock.ts'

/** No other kind becomes a label, whatever a status says. */
const KINDS: readonly string[] = gateSchema.properties.kind.enum
/** Those that can fail to learn something. */
const LOOKING = ['metric', 'webhook', 'job']

/**
 * How gates stand, and how often that has changed. What there is, every replica says the same, leading or not; changes are
 * counted by the replica that has written them. Every combination is there from the start: `increase` does not see a
 * series begin.
 *
 * @returns takes the changes of each status write
 */
export function gateMetrics(
  registry: Registry,
  plans: () => Iterable<RolloutPlan>,
  clock: Pick<Clock, 'now'>,
): (changes: readonly GateChange[]) => void {
  const registers = [registry]
  const transitions = new Counter({
    name: 'autonomy_rollouts_gate_transitions_total',
    help: 'Changes of the state of gates that this replica has written, while it led, by the state that they changed to.',
    labelNames: ['kind', 'state'],
    registers,
  })
  for (const kind of KINDS) for (const state of GATE_STANDINGS) transitions.inc({ kind, state }, 0)
  void new Gauge({
    name: 'autonomy_rollouts_gates',
    help: 'Gates of open stages, by kind and state.',
    labelNames: ['kind', 'state'],
    registers,
    collect() {
      for (const kind of KINDS) for (const state of GATE_STANDINGS) this.set({ kind, state }, 0)
      for (const gate of openGates(plans())) this.inc({ kind: gate.kind, state: standingOf(gate) })
    },
  })
  void new Gauge({
    name: 'autonomy_rollouts_gate_silence_seconds',
    help: 'For how long the gate that has learned nothing for longest, of those that hold an active plan up, has not.',
    labelNames: ['kind'],
    registers,
    collect() {
      const silences = openGates(running(plans())).flatMap(gate => silenceOf(gate))
      for (const kind of LOOKING) {
        const since = Math.min(clock.now(), ...silences.filter(gate => gate.kind === kind).map(gate => gate.since))
        this.set({ kind }, (clock.now() - since) / 1000)
      }
    },
  })
  return changes => {
    for (const { gate, is } of changes) if (KINDS.includes(gate.kind)) transitions.inc({ kind: gate.kind, state: is })
  }
}

/** A plan that is paused has its gates not looked at. */
function* running(plans: Iterable<RolloutPlan>): Iterable<RolloutPlan> {
  for (const plan of plans) if (plan.status.phase === 'active') yield plan
}

function openGates(plans: Iterable<RolloutPlan>): readonly GateState[] {
  return [...plans]
    .filter(({ status }) => status.completedAt === undefined)
    .flatMap(({ status }) => status.stages ?? [])
    .filter(({ phase }) => phase === 'open')
    .flatMap(({ gates = [] }) => gates)
    .filter(({ kind }) => KINDS.includes(kind))
}

function silenceOf(gate: GateState): readonly { readonly kind: string; readonly since: number }[] {
  const since = holdsUp(gate) ? gate.evidence?.troubleSince : undefined
  return since === undefined ? [] : [{ kind: gate.kind, since: instant(since) }]
}
