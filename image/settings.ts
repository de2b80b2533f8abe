import type { Source } from './source.ts'

/** How a container is started from an image (https://github.com/opencontainers/image-spec/blob/main/config.md). */
export type Settings = {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly WorkingDir: string
  readonly StopSignal: string
  readonly Labels: { readonly [name: string]: string }
}

/** By number, so that a cluster can see that it is not root. */
export const NONROOT = 65_532

/**
 * By itself V8 allows its heap at least 256 MiB, however small the container is, and the kernel ends the process
 * before V8 cleans up. A share of the container's limit leaves room for what lies outside of the heap.
 *
 * What comes over the wire is garbage as soon as it is trimmed. Half-spaces of 4 MiB instead of 16 hold less of it: a fifth of
 * the memory at ten thousand nodes (docs/performance.md).
 */
const NODE_OPTIONS = '--enable-source-maps --max-old-space-size-percentage=70 --max-semi-space-size=4'

export function settingsOf({ version, description, license, revision }: Source): Settings {
  const label = (name: string, value: string | undefined) =>
    value === undefined ? {} : { [`org.opencontainers.image.${name}`]: value }
  return {
    User: `${NONROOT}:${NONROOT}`,
    Env: ['PATH=/usr/local/bin', 'NODE_ENV=production', `NODE_OPTIONS=${NODE_OPTIONS}`],
    Entrypoint: ['/usr/local/bin/node', '/app/operator.js'],
    WorkingDir: '/',
    StopSignal: 'SIGTERM',
    Labels: {
      ...label('title', 'Autonomy Rollouts'),
      ...label('description', description),
      ...label('version', version),
      ...label('revision', revision),
      ...label('licenses', license),
    },
  }
}
