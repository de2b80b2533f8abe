import { readFileSync, readdirSync } from 'node:fs'

/**
 * The programs of the local cluster, in the order in which they are built: what is needed first comes first. After them
 * those that judge what users are given (test/judges).
 */
export const TOOL_NAMES = [
  'kube-apiserver',
  'etcd',
  'kubectl',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'helm',
  'kubeconform',
  'kube-score',
  'helm-docs',
  'verdicts',
] as const

/** What a genuine node runs beside its container runtime: built only for who asks for it by name. */
export const NODE_TOOL_NAMES = ['kubelet', 'kube-proxy'] as const

export type ToolName = (typeof TOOL_NAMES)[number]
export type NodeToolName = (typeof NODE_TOOL_NAMES)[number]
export type AnyToolName = ToolName | NodeToolName

/** What the ecosystem's `KUBEBUILDER_ASSETS` folder holds. */
export const ASSETS: ReadonlySet<AnyToolName> = new Set(['kube-apiserver', 'etcd', 'kubectl'])

type ModuleName = 'kubernetes' | 'node' | 'etcd' | 'kwok' | 'helm' | JudgeName

type JudgeName = 'kubeconform' | 'kube-score' | 'helm-docs' | 'verdicts'

/** How one program is built from a pinned Go module. */
export interface Tool {
  readonly name: AnyToolName
  readonly module: ModuleName
  /** Folder with the go.mod and go.sum that pin it. */
  readonly folder: string
  /** The main package. */
  readonly package: string
  /** As in go.mod, with the leading `v`. */
  readonly version: string
  readonly ldflags: string
  readonly goMod: string
  readonly goSum: string
  /** Sources of a program that is our own, as text. */
  readonly sources: readonly string[]
}

interface Pin {
  readonly path: string
  readonly packages: Partial<Record<AnyToolName, string>>
  readonly stamp: (version: string) => Readonly<Record<string, string>>
}

const PINS: Readonly<Record<ModuleName, Pin>> = {
  kubernetes: {
    path: 'k8s.io/kubernetes',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    stamp: kubernetesVersion,
  },
  // A module of its own: its checksums are no part of what the everyday programs are built from.
  node: {
    path: 'k8s.io/kubernetes',
    packages: {
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    },
    stamp: kubernetesVersion,
  },
  etcd: {
    path: 'go.etcd.io/etcd/server/v3',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    stamp: () => ({}),
  },
  kwok: {
    path: 'sigs.k8s.io/kwok',
    packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    stamp: version => ({ 'sigs.k8s.io/kwok/pkg/consts.Version': version }),
  },
  // Helm reads the Kubernetes version of its capabilities from the client-go version in its build information.
  helm: {
    path: 'helm.sh/helm/v4',
    packages: { helm: 'helm.sh/helm/v4/cmd/helm' },
    stamp: version => ({
      'helm.sh/helm/v4/internal/version.version': version,
      'helm.sh/helm/v4/internal/version.metadata': '',
    }),
  },
  kubeconform: {
    path: 'github.com/yannh/kubeconform',
    packages: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
    stamp: () => ({}),
  },
  'kube-score': {
    path: 'github.com/zegl/kube-score',
    packages: { 'kube-score': 'github.com/zegl/kube-score/cmd/kube-score' },
    stamp: () => ({}),
  },
  'helm-docs': {
    path: 'github.com/norwoodj/helm-docs',
    packages: { 'helm-docs': 'github.com/norwoodj/helm-docs/cmd/helm-docs' },
    stamp: () => ({}),
  },
  // A program of our own around what Flux and Argo CD judge with; it goes by the version of kstatus.
  verdicts: {
    path: 'github.com/fluxcd/cli-utils',
    packages: { verdicts: '.' },
    stamp: () => ({}),
  },
}

/** Unstamped, the server calls itself v0.0.0 and every version check of a chart or a client fails. */
function kubernetesVersion(version: string): Readonly<Record<string, string>> {
  const [major = '', minor = ''] = version.slice(1).split('.')
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  return Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(target =>
      Object.entries(values).map(([name, value]) => [`${target}.${name}`, value]),
    ),
  )
}

/** Looks a program up; its version is the one its go.mod requires, so that a version is written down once. */
export function toolOf(name: AnyToolName): Tool {
  for (const module of Object.keys(PINS) as ModuleName[]) {
    const pin = PINS[module]
    const main = pin.packages[name]
    if (main === undefined) continue
    const folder = `${import.meta.dirname}/tools/${module}`
    const goMod = readFileSync(`${folder}/go.mod`, 'utf8')
    const version = requiredVersion(goMod, pin.path)
    const stamps = Object.entries(pin.stamp(version)).map(([variable, value]) => `-X ${variable}=${value}`)
    return {
      name,
      module,
      folder,
      package: main,
      version,
      ldflags: ['-s', '-w', ...stamps].join(' '),
      goMod,
      goSum: readFileSync(`${folder}/go.sum`, 'utf8'),
      sources: readdirSync(folder)
        .filter(file => file.endsWith('.go'))
        .sort()
        .map(file => readFileSync(`${folder}/${file}`, 'utf8')),
    }
  }
  throw new Error(`no module builds ${name}`)
}

function requiredVersion(goMod: string, path: string): string {
  const line = goMod.split('\n').find(text => text.replace(/^\s*(require\s+)?/, '').startsWith(`${path} `))
  const version = line?.match(/ (v\d\S*)/)?.[1]
  if (version === undefined) throw new Error(`go.mod does not require ${path}`)
  return version
}
