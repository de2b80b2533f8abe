import { createHash } from 'node:crypto'
import { type Entry, file } from './entry.ts'
import type { Arch } from './platform.ts'
import type { Settings } from './settings.ts'
import { tar } from './tar.ts'

export type Image = {
  /** `registry/repository:tag`, or `localhost/…` for what is only loaded. */
  readonly name: string
  readonly arch: Arch
  readonly settings: Settings
  /** Seconds since the epoch. */
  readonly created: number
  /** Tar archives, the lowest first, and what each is made of. */
  readonly layers: readonly { readonly content: Buffer; readonly history: string }[]
}

export type Packed = {
  /** Of the manifest: what a registry and a pod know the image by. */
  readonly digest: string
  readonly archive: Buffer
}

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

const TYPE = 'application/vnd.oci.image'

/**
 * An OCI image layout in a tar archive (https://github.com/opencontainers/image-spec/blob/main/image-layout.md), with the
 * list that `docker load` read before it knew that layout.
 *
 * Layers are not compressed. Compressed bytes differ between releases of zlib, and between processors, and so would the
 * digest; whatever pushes to a registry can compress.
 */
export async function pack({ name, arch, settings, created, layers }: Image): Promise<Packed> {
  const blobs = new Map<string, Entry>()
  const add = (mediaType: string, content: Buffer): Descriptor => {
    const hash = createHash('sha256').update(content).digest('hex')
    blobs.set(hash, file(pathOf(hash), content))
    return { mediaType, digest: `sha256:${hash}`, size: content.length }
  }
  const date = new Date(created * 1000).toISOString().replace('.000', '')
  const stacked = layers.map(({ content }) => add(`${TYPE}.layer.v1.tar`, content))
  const config = add(
    `${TYPE}.config.v1+json`,
    json({
      created: date,
      architecture: arch,
      os: 'linux',
      config: settings,
      rootfs: { type: 'layers', diff_ids: stacked.map(({ digest }) => digest) },
      history: layers.map(({ history }) => ({ created: date, created_by: 'npm run image', comment: history })),
    }),
  )
  const manifestType = `${TYPE}.manifest.v1+json`
  const manifest = add(
    manifestType,
    json({ schemaVersion: 2, mediaType: manifestType, config, layers: stacked, annotations: settings.Labels }),
  )
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': tagOf(name) }
  const index = {
    schemaVersion: 2,
    mediaType: `${TYPE}.index.v1+json`,
    manifests: [{ ...manifest, platform: { architecture: arch, os: 'linux' }, annotations }],
  }
  const loaded = [{ Config: blobPath(config), RepoTags: [name], Layers: stacked.map(blobPath) }]
  const archive = await tar(
    [
      file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
      file('index.json', json(index)),
      file('manifest.json', json(loaded)),
      ...blobs.values(),
    ],
    0,
  )
  return { digest: manifest.digest, archive }
}

/** @throws Error */
export function tagOf(name: string): string {
  const tag = /^[a-z0-9.:/_-]+?:([\w][\w.-]{0,127})$/.exec(name)?.[1]
  if (tag === undefined) throw new Error(`--name wants an image name with a tag, as in localhost/name:1, not "${name}"`)
  return tag
}

function pathOf(hash: string): string {
  return `blobs/sha256/${hash}`
}

function blobPath({ digest }: Descriptor): string {
  return pathOf(digest.slice('sha256:'.length))
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
