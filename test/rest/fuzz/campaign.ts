import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Door = {
  readonly name: 'direct' | 'aggregated'
  /** What the paths of the description follow. */
  readonly url: string
  readonly token: string
  /** A file with the certificate authorities. */
  readonly ca: string
}

export type Outcome = {
  readonly cases: number
  readonly failures: number
  readonly seconds: number
}

const HERE = import.meta.dirname
const DESCRIPTION = join(HERE, '../../../docs/openapi.json')

/**
 * What is other at a door.
 *
 * Through the API server a request without a token is not refused by us but by its RBAC, which knows an anonymous user:
 * 403, in its own words. Health is for those who dial a replica; to the API server it is a resource nobody has a right on.
 */
const APART: { readonly [name in Door['name']]: readonly string[] } = {
  direct: [],
  aggregated: [
    ...['--exclude-checks', 'missing_required_header,ignored_auth', '--generation-with-security-parameters', 'false'],
    ...['--exclude-path', '/v1/health'],
  ],
}

/** As the description's own security scheme, the token is left out where its absence is tried; as a header, it never is. */
const TOKEN: { readonly [name in Door['name']]: string } = {
  direct: '\n[auth.openapi.bearer]\nbearer = "${FUZZ_TOKEN}"\n',
  aggregated: '\n[headers]\nAuthorization = "Bearer ${FUZZ_TOKEN}"\n',
}

/** Runs schemathesis against one door; what it finds goes to standard error, as it words it. */
export async function fuzz(
  program: string,
  { name, url, token, ca }: Door,
  options: { readonly seed: number; readonly examples: number; readonly folder: string },
): Promise<Outcome> {
  const report = join(options.folder, `fuzz-${name}.json`)
  const config = join(options.folder, `fuzz-${name}.toml`)
  await writeFile(config, `${await readFile(join(HERE, 'schemathesis.toml'), 'utf8')}${TOKEN[name]}`)
  const args = [
    ...['--config-file', config, 'run', DESCRIPTION, '--url', url, '--tls-verify', ca],
    ...['--seed', String(options.seed), '--max-examples', String(options.examples), '--continue-on-failure'],
    ...['--phases', 'examples,coverage,fuzzing', '--checks', 'all', ...APART[name]],
    // One worker: the same seed sends the same requests in the same order.
    ...['--workers', '1', '--request-timeout', '30', '--report-json-path', report],
    ...['--suppress-health-check', 'all', '--warnings', 'off', '--no-color'],
  ]
  const started = performance.now()
  const env = { ...process.env, FUZZ_TOKEN: token, FUZZ_DOOR: name, SCHEMATHESIS_HOOKS: join(HERE, 'hooks.py') }
  const child = spawn(program, args, { cwd: options.folder, stdio: ['ignore', 2, 2], env })
  const [code] = (await once(child, 'exit')) as [number | null]
  const seconds = Math.round((performance.now() - started) / 1000)
  const { test_cases: cases, errors } = JSON.parse(await readFile(report, 'utf8')) as Report
  const failures = cases.unique_failures + errors.length
  return { cases: cases.generated, failures: code === 0 ? failures : Math.max(1, failures), seconds }
}

type Report = {
  readonly test_cases: { readonly generated: number; readonly unique_failures: number }
  readonly errors: readonly unknown[]
}
