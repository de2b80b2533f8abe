import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ownPlatform } from '../kubectl-plugin/package/platform.ts'
import { RELEASE } from '../operator/release.ts'
import { buildImage } from './build.ts'
import { archOf } from './platform.ts'
import { layOut } from './rootfs.ts'

const USAGE = `Makes the operator's image, without a registry and without any container tool.

  npm run image -- [--arch ARCH] [--name NAME] [--out FOLDER] [--rootfs FOLDER]

  --arch ARCH      amd64 or arm64; default: this machine's
  --name NAME      with its tag; default: localhost/autonomy-rollouts:${RELEASE}
  --out FOLDER     where the archive, its digest and its bill of materials go; default: dist/image
  --rootfs FOLDER  write the files of the image there, and no archive
  --help

SOURCE_DATE_EPOCH sets the time of files (default 0) and of the image (default: the time of the commit).
`

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: {
        arch: { type: 'string' },
        name: { type: 'string' },
        out: { type: 'string', default: join(import.meta.dirname, '../dist/image') },
        rootfs: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      say(USAGE)
      return 0
    }
    const arch = values.arch === undefined ? ownPlatform().arch : archOf(values.arch)
    const epoch = process.env['SOURCE_DATE_EPOCH']
    const { name, digest, archive, contents, files } = await buildImage({
      arch,
      ...(values.name === undefined ? {} : { name: values.name }),
      ...(epoch === undefined ? {} : { epoch }),
    })
    if (values.rootfs !== undefined) {
      layOut([...contents.base, ...contents.app], resolve(values.rootfs))
      say(`rootfs  ${resolve(values.rootfs)}\nfiles   ${files}\n`)
      return 0
    }
    const path = join(resolve(values.out), `autonomy-rollouts-${RELEASE}-linux-${arch}`)
    mkdirSync(resolve(values.out), { recursive: true })
    writeFileSync(`${path}.tar`, archive)
    writeFileSync(`${path}.digest`, `${digest}\n`)
    writeFileSync(`${path}.cdx.json`, contents.sbom)
    const size = `${(archive.length / 1_000_000).toFixed(1)} MB`
    say(`archive ${path}.tar\nname    ${name}\ndigest  ${digest}\nsize    ${size}\nfiles   ${files}\n`)
    return 0
  } catch (error) {
    process.stderr.write(`image: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

function say(text: string): void {
  process.stdout.write(text)
}

process.exitCode = await main()
