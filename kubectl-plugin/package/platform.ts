/** A platform as Go, krew and everybody's download page name it. */
export type Platform = { readonly os: 'linux' | 'darwin'; readonly arch: 'amd64' | 'arm64' }

const ARCHES: { readonly [node: string]: Platform['arch'] } = { x64: 'amd64', arm64: 'arm64' }

/** This machine's. @throws Error where no executable is made for it */
export function ownPlatform(): Platform {
  const arch = ARCHES[process.arch]
  if ((process.platform === 'linux' || process.platform === 'darwin') && arch !== undefined)
    return { os: process.platform, arch }
  throw new Error(
    `there is no executable for ${process.platform} ${process.arch}; the npm package runs wherever Node does`,
  )
}

/** @throws Error */
export function platformOf(text: string): Platform {
  const [, os, arch] = /^(linux|darwin)-(amd64|arm64)$/.exec(text) ?? []
  if (os === undefined)
    throw new Error(`"${text}" is no platform: linux-amd64, linux-arm64, darwin-amd64, darwin-arm64`)
  return { os, arch } as Platform
}

export function nameOf({ os, arch }: Platform): string {
  return `${os}-${arch}`
}

/** The npm package that carries Node itself for a platform. */
export function runtimePackage({ os, arch }: Platform): string {
  return `node-${os}-${arch === 'amd64' ? 'x64' : arch}`
}
