import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'

type Schema = {
  readonly properties?: unknown
  readonly additionalProperties?: unknown
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-group-version-kind'?: readonly Kind[]
}
type Kind = { readonly group: string; readonly version: string; readonly kind: string }
type Description = { readonly components?: { readonly schemas?: { readonly [name: string]: Schema } } }

/** Where kubeconform finds the schema of a kind in the folder; it calls the core group by its version. */
export const SCHEMA_LOCATION = '{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'

/**
 * Writes the API server's own OpenAPI as JSON schemas for kubeconform, one file a kind, and returns the folder.
 *
 * The API server prunes or refuses fields that it does not know, and its OpenAPI does not say so: here no object may have
 * a field that its schema does not name.
 *
 * @param groups such as `api/v1` and `apis/apps/v1`
 */
export async function writeSchemas(cluster: Cluster, groups: readonly string[]): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'autonomy-schemas-')))
  for (const group of groups) {
    const { status, body } = await cluster.request('GET', `/openapi/v3/${group}`)
    if (status !== 200) throw new Error(`/openapi/v3/${group} answers ${status}`)
    const description = body as Description
    const components = closed(description.components) as Description['components']
    for (const [name, schema] of Object.entries(components?.schemas ?? {})) {
      const kinds = schema['x-kubernetes-group-version-kind'] ?? []
      const [kind, ...others] = kinds
      // Those of many kinds are options of requests, such as DeleteOptions.
      if (kind === undefined || others.length > 0) continue
      const place = join(folder, kind.group === '' ? kind.version : kind.group)
      await mkdir(place, { recursive: true })
      const text = JSON.stringify({ $ref: `#/components/schemas/${name}`, components })
      await writeFile(join(place, `${kind.kind.toLowerCase()}_${kind.version}.json`), text)
    }
  }
  return folder
}

/** The schema, in which objects have no fields but those that are named. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]))
  const schema = value as Schema
  const names = typeof schema.properties === 'object' && schema.properties !== null && !('type' in schema.properties)
  const open = schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true
  return names && !open ? { ...parts, additionalProperties: false } : parts
}
