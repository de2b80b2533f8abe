import { dump } from 'js-yaml'
import type { Platform } from './platform.ts'

/** An archive that krew downloads. */
export type Archive = {
  readonly platforms: readonly Platform[]
  readonly file: string
  readonly sha256: string
  /** The executable in it. */
  readonly bin: string
}

export type KrewOptions = {
  readonly version: string
  readonly homepage: string
  /** Where the archives will be; ends without a slash. */
  readonly baseUrl: string
  readonly archives: readonly Archive[]
}

const DESCRIPTION = `Says where rollouts of fleets of nodes are, why they stand still, and what can
be done: list and describe plans, watch them live, retry, skip, roll back,
approve gates, and check and preview plans before they are created. Needs the
Autonomy Rollouts operator in the cluster.
`

const CAVEATS = `On macOS this plugin needs Node 24 or newer on the PATH.
For completion of "kubectl autonomy", put kubectl_complete-autonomy from the
plugin's folder on the PATH as well.
`

/** The manifest as krew's index takes it (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/): autonomy.yaml. */
export function krewManifest({ version, homepage, baseUrl, archives }: KrewOptions): string {
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'autonomy' },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription: 'Steers rollouts of fleets of nodes',
      description: DESCRIPTION,
      caveats: CAVEATS,
      platforms: archives.flatMap(({ platforms, file, sha256, bin }) =>
        platforms.map(({ os, arch }) => ({
          selector: { matchLabels: { os, arch } },
          uri: `${baseUrl}/${file}`,
          sha256,
          bin,
        })),
      ),
    },
  }
  return dump(manifest, { lineWidth: -1, noRefs: true })
}
