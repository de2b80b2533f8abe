import { tmpdir } from 'node:os'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { before } from 'mocha'
import { GROUP } from '../../operator/api/names.ts'
import { run } from '../api/server.ts'
import { resolveTools } from '../cluster/tools.ts'

const DOCS = join(import.meta.dirname, '../../docs/gitops')

type Said<Word extends string> = { readonly status: Word; readonly message: string }

/** What GitOps tools say of an object. */
export type Verdicts = {
  /** kstatus: what Flux, `flux` and others conclude by themselves. */
  readonly kstatus: Said<'InProgress' | 'Current' | 'Failed' | 'Terminating'>
  /** Argo CD with the health scripts of docs/gitops/argocd-cm.yaml. */
  readonly argocd: Said<'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Unknown'>
  /** Flux with the health check expressions of docs/gitops/flux-pause.yaml; absent where there are none for the kind. */
  readonly flux?: Said<'InProgress' | 'Current' | 'Failed'>
}

export type Judge = (object: { readonly kind: string }) => Promise<Verdicts>

/** Kstatus, Argo CD and Flux, for the suite that calls this. */
export function withJudge(): () => Judge {
  let judge: Judge | undefined
  before(async function () {
    this.timeout(60_000)
    const { verdicts } = await resolveTools(['verdicts'])
    judge = async object => {
      const asked = { object, lua: scriptFor(object.kind), expressions: expressionsFor(object.kind) }
      const { code, stdout, stderr } = await run(verdicts, [], { home: tmpdir(), input: JSON.stringify(asked) })
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout) as Verdicts
    }
  })
  return () => {
    if (judge === undefined) throw new Error('the judge is there from `before` on')
    return judge
  }
}

/** The health script that a user pastes. */
function scriptFor(kind: string): string {
  const { data } = read('argocd-cm.yaml') as { readonly data: { readonly [key: string]: string } }
  return data[`resource.customizations.health.${GROUP}_${kind}`] ?? ''
}

type Kustomization = { readonly spec: { readonly healthCheckExprs: readonly { readonly kind: string }[] } }

function expressionsFor(kind: string): unknown {
  const { spec } = read('flux-pause.yaml') as Kustomization
  return spec.healthCheckExprs.find(check => check.kind === kind)
}

function read(file: string): unknown {
  return load(readFileSync(join(DOCS, file), 'utf8'))
}
