import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'

/** A package of the distribution that this machine runs. */
export type SystemPackage = {
  readonly name: string
  readonly version: string
  readonly arch: string
  /** `debian`, `ubuntu`: ID of /etc/os-release. */
  readonly distribution: string
  /** Its VERSION_ID. */
  readonly release: string
  /** What its licence asks to be passed on. */
  readonly copyright: string | undefined
}

/** The package that a file came with, if dpkg knows it. */
export function packageOf(path: string): SystemPackage | undefined {
  const real = realpathSync(path)
  // Packages that were made before /lib became a link to /usr/lib list their files under /lib.
  const names = [path, real].flatMap(name => [name, `/usr${name}`, name.replace(/^\/usr/, '')])
  const owner = /^([^\s:,]+)(?::([^\s:,]+))?[:,]/m.exec(ask(['--search', ...new Set(names)]))
  if (owner === null) return undefined
  const name = owner[1] ?? ''
  const [version = '', arch = ''] = ask(['--show', '--showformat=${Version} ${Architecture}', whole(owner)]).split(' ')
  const copyright = `/usr/share/doc/${name}/copyright`
  return {
    name,
    version,
    arch,
    ...distribution(),
    copyright: existsSync(copyright) ? readFileSync(copyright, 'utf8') : undefined,
  }
}

function whole([, name = '', arch]: RegExpExecArray): string {
  return arch === undefined ? name : `${name}:${arch}`
}

function ask(args: readonly string[]): string {
  // It fails when one of several names is unknown, and still says what it knows of the others.
  const { stdout } = spawnSync('dpkg-query', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  return stdout ?? ''
}

function distribution(): { readonly distribution: string; readonly release: string } {
  const text = readFileSync('/etc/os-release', 'utf8')
  const valueOf = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { distribution: valueOf('ID'), release: valueOf('VERSION_ID') }
}
