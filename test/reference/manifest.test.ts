import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { planSpec } from '../../operator/api/rollout-plan.ts'
import { fieldsOf, rulesOf } from '../../operator/reference/fields.ts'
import { manifests } from '../../operator/reference/manifest.ts'
import { rightsOf } from '../../operator/reference/right.ts'
import { OPERATIONS } from '../../operator/rest/openapi/operations.ts'
import { PLAN } from '../rest/identity/people.ts'
import { ROUTES } from '../rest/identity/route.ts'

const FOLDER = join(import.meta.dirname, '../../docs/reference')

describe('docs/reference', () => {
  it('is the one that npm run reference writes, page by page', async () => {
    const wanted = await manifests()
    expect(readdirSync(FOLDER).sort()).to.deep.equal([...wanted.keys()].sort())
    for (const [name, text] of wanted) expect(readFileSync(join(FOLDER, name), 'utf8'), name).to.equal(text)
  })

  it('has every field and every rule with a message', async () => {
    const page = (await manifests()).get('rolloutplan.md') ?? ''
    for (const { path, description } of fieldsOf(planSpec, 'spec')) {
      expect(page).to.include(`\`${path}\``)
      expect(description, path).to.not.equal('')
    }
    for (const { message } of rulesOf(planSpec, 'spec')) expect(page).to.include(message)
  })

  // The table of test/rest/identity is written by hand, and held against the running surface.
  for (const operation of OPERATIONS)
    it(`names the rights that ${operation.id} takes`, () => {
      const path = operation.path.replace('{plan_id}', PLAN).replace('{stage_id}', 's1').replace('{gate}', 'manual')
      const tried = ROUTES.filter(
        route =>
          !route.namespaced &&
          route.method === operation.method.toUpperCase() &&
          route.path.replace('?dryRun=All', '') === path,
      )
      expect(tried).to.not.have.length(0)
      const told = (strategy: string) =>
        rightsOf(operation).map(({ verb, resource, name }) => ({
          verb,
          resource: resource.replace('<strategy>', strategy),
          ...(name === undefined ? {} : { name: name.replace('{plan_id}', PLAN) }),
        }))
      for (const { needs } of tried) {
        const strategy = needs[1]?.resource.split('/')[1] ?? ''
        expect(told(strategy)).to.deep.equal(needs)
      }
    })
})
