import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type Header, extract } from 'tar-stream'

export type Item = { readonly header: Header; readonly content: Buffer }

/** What is in a tar archive, in its order. */
export async function untar(archive: Buffer): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    items.push({ header: entry.header, content: Buffer.concat(chunks) })
  }
  return items
}

export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

export type Manifest = {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations: { readonly [name: string]: string }
}

export type Config = {
  readonly created: string
  readonly architecture: string
  readonly config: unknown
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

export type Index = {
  readonly manifests: readonly [Descriptor & { readonly annotations: { readonly [name: string]: string } }]
}

/** An image archive, read as a container runtime reads it: by digests. */
export async function unpack(archive: Buffer) {
  const files = new Map((await untar(archive)).map(({ header, content }) => [header.name, content]))
  const json = <T>(name: string) => JSON.parse(String(files.get(name))) as T
  const blob = ({ digest, size }: Descriptor) => {
    const content = files.get(`blobs/${digest.replace(':', '/')}`)
    if (content === undefined || content.length !== size || digestOf(content) !== digest)
      throw new Error(`${digest} is not there, or is not what its name says`)
    return content
  }
  const index = json<Index>('index.json')
  const manifest = JSON.parse(String(blob(index.manifests[0]))) as Manifest
  const config = JSON.parse(String(blob(manifest.config))) as Config
  return { names: [...files.keys()], json, index, manifest, config, layers: manifest.layers.map(blob) }
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
