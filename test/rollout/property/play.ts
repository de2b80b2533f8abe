import { START } from '../build.ts'
import { agree } from './agreement.ts'
import { audit } from './auditor.ts'
import { fail, startCrew, work } from './chaos.ts'
import { emptyCluster } from './cluster.ts'
import { begin, happen } from './happening.ts'
import { noteLandings, openLedger } from './ledger.ts'
import { checkProgress, checkRest } from './liveness.ts'
import { emptyModel, informOfLabels } from './mirror.ts'
import { nextLook, startProcess } from './operator.ts'
import { type Event, type Fault, type Happening, type Scenario, isHeld } from './scenario.ts'

/** Plays a sequence to the domain and to the model; throws where they differ, or a write breaks a promise. */
export function playBoth(scenario: Scenario<Happening>): void {
  const cluster = emptyCluster(START)
  const ledger = audit(cluster, openLedger(cluster, true))
  const stage = begin(cluster, scenario)
  const operator = startProcess(cluster)
  const model = emptyModel(cluster)
  agree(cluster, operator, model, 'at the beginning')
  for (const [position, event] of scenario.events.entries()) {
    if (event.kind === 'look') cluster.now = nextLook(operator) ?? cluster.now
    else happen(stage, event)
    if (event.kind === 'relabel') informOfLabels(model, cluster)
    noteLandings(ledger)
    if (isHeld(scenario, position)) continue
    agree(cluster, operator, model, `after event ${position}, ${JSON.stringify(event)}`)
  }
}

/**
 * Plays a sequence in which the operator itself may fail; throws when a write breaks a promise, or when in the end
 * machines do well and people approve, and a plan neither ends nor says what it needs a person for.
 */
export function playFaulty(scenario: Scenario): void {
  const cluster = emptyCluster(START)
  const stage = begin(cluster, scenario)
  const ledger = audit(cluster)
  const crew = startCrew(cluster)
  work(crew)
  for (const [position, event] of scenario.events.entries()) {
    if (isFault(event)) fail(crew, event)
    else if (event.kind === 'look') cluster.now = nextLook(crew.leader) ?? cluster.now
    else happen(stage, event)
    noteLandings(ledger)
    if (isHeld(scenario, position)) continue
    work(crew)
    noteLandings(ledger)
  }
  checkRest(crew, ledger)
  checkProgress(crew, stage, ledger)
}

function isFault(event: Event): event is Fault {
  return ['crash', 'lost', 'failOver', 'former', 'lag', 'lagLists', 'catchUp', 'blind'].includes(event.kind)
}
