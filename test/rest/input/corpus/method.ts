import { APPROVE, type Case, GOOD, PLAN_PATH, REASON, RECOVER } from './case.ts'

const no = { status: 405, error: 'method_not_allowed' } as const

const UNSERVED: readonly (readonly [method: string, path: string, says: RegExp])[] = [
  ['PUT', '/rollouts', /PUT is not served here, only GET, HEAD, POST/],
  ['PUT', PLAN_PATH, /PUT is not served here, only GET, HEAD, DELETE/],
  ['PATCH', PLAN_PATH, /PATCH is not served here, only GET, HEAD, DELETE/],
  ['POST', PLAN_PATH, /POST is not served here, only GET, HEAD, DELETE/],
  ['DELETE', '/rollouts', /DELETE is not served here, only GET, HEAD, POST/],
  ['DELETE', '/namespaces/fleet/rollouts', /DELETE is not served here, only GET, HEAD, POST/],
  ['POST', '/rollouts/stuck', /POST is not served here, only GET, HEAD/],
  ['DELETE', '/rollouts/stuck', /DELETE is not served here, only GET, HEAD/],
  ['GET', RECOVER, /GET is not served here, only POST/],
  ['DELETE', RECOVER, /DELETE is not served here, only POST/],
  ['PUT', RECOVER, /PUT is not served here, only POST/],
  ['GET', APPROVE, /GET is not served here, only POST/],
  ['DELETE', APPROVE, /DELETE is not served here, only POST/],
  ['POST', `${PLAN_PATH}/history`, /POST is not served here, only GET, HEAD/],
  ['DELETE', `${PLAN_PATH}/nodes`, /DELETE is not served here, only GET, HEAD/],
  ['POST', `${PLAN_PATH}/stages/s1/gates`, /POST is not served here, only GET, HEAD/],
  ['OPTIONS', '/rollouts', /OPTIONS is not served here/],
  ['OPTIONS', PLAN_PATH, /OPTIONS is not served here/],
]

const UNHEARD = ['TRACE', 'PROPFIND', 'LOCK', 'MKCOL', 'PURGE', 'SEARCH', 'QUERY'] as const

/** What is asked to be done. */
export const METHODS: readonly Case[] = [
  ...UNSERVED.map(([method, path, says]) => ({ ...no, title: `${method} ${path}`, method, path, says })),
  ...UNHEARD.map(method => ({
    ...no,
    title: `${method} ${PLAN_PATH}`,
    method,
    path: PLAN_PATH,
    says: new RegExp(`^${method} is not served here, only GET, HEAD, DELETE$`),
    directOnly: true as const,
  })),
  {
    ...no,
    title: 'PUT of health',
    method: 'PUT',
    path: '/health',
    says: /PUT is not served here, only GET, HEAD/,
    directOnly: true,
  },
  { ...no, title: 'PUT with a body', method: 'PUT', path: PLAN_PATH, body: GOOD, says: /PUT is not served here/ },
  {
    ...no,
    title: 'PATCH with a body',
    method: 'PATCH',
    path: PLAN_PATH,
    body: REASON,
    says: /PATCH is not served here/,
  },
]
