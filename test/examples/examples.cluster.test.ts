import { join } from 'node:path'
import { expect } from 'chai'
import { withApi } from '../api/server.ts'
import { CHART, OPERATOR_ELSEWHERE, withHelm } from '../charts/helm.ts'
import { until } from '../cluster/wait.ts'
import { FILES, ROOT, namespacesOf } from './file.ts'

describe('examples on the API server', () => {
  const api = withApi()
  const helm = withHelm()

  // The policies of the chart fill in who asks, which the examples leave out; an approval is nothing without it.
  before(async () => {
    const { adminKubeconfig } = api().cluster
    const install = ['install', 'autonomy-rollouts', CHART, '--create-namespace', '--set', 'crds.install=false']
    const elsewhere = [...OPERATOR_ELSEWHERE, '--kubeconfig', adminKubeconfig]
    expect(await helm().run(...install, ...elsewhere)).to.include({ code: 0 })
    // Where operator processes are; the chart would be installed there, which this suite's is not.
    expect(await api().kubectl(['create', 'namespace', 'autonomy-system'])).to.include({ code: 0 })
    const approval = join(ROOT, 'examples/fleet/recoveries/approve.yaml')
    const plan = join(ROOT, 'examples/fleet/plan-agent-2.yaml')
    const signed = async () =>
      (await api().kubectl(['create', '--dry-run=server', '-f', approval, '-f', plan])).code === 0
    await until(signed, { what: 'who asks is filled in', withinMs: 20_000 })
  })

  for (const file of FILES)
    it(`${file} is accepted without a warning`, async () => {
      const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', join(ROOT, file)]
      const [namespace] = namespacesOf(file)
      const { stdout, stderr, code } = await api().kubectl([...dryRun, ...(namespace ? ['-n', namespace] : [])])
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
      expect(stdout).to.match(/\/\S+ serverside-applied \(server dry run\)/)
    })
})
