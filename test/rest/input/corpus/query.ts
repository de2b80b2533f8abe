import { type Case, GOOD, PLAN_PATH, RECOVER } from './case.ts'

const bad = { method: 'GET', status: 400, error: 'bad_parameter' } as const

const READS: readonly (readonly [path: string, says: RegExp])[] = [
  ['/rollouts?limt=1', /^the parameter limt is not known; known here: limit, continue, phase/],
  ['/rollouts?Limit=1', /^the parameter Limit is not known/],
  ['/rollouts?x', /^the parameter x is not known/],
  ['/rollouts?=x', /^the parameter {2}is not known/],
  ['/rollouts?__proto__=x', /^the parameter __proto__ is not known/],
  ['/rollouts?constructor[name]=x', /^the parameter constructor\[name\] is not known/],
  ['/rollouts?limit=1&limit=2', /^the parameter limit is given more than once$/],
  ['/rollouts?limit=1&%6cimit=1', /^the parameter limit is given more than once$/],
  ['/rollouts?limit=', /limit must be a whole number from 0 to 1000000, not ""/],
  ['/rollouts?limit=-1', /limit must be a whole number .*, not "-1"/],
  ['/rollouts?limit=1.5', /limit must be a whole number/],
  ['/rollouts?limit=1e3', /limit must be a whole number/],
  ['/rollouts?limit=0x10', /limit must be a whole number/],
  ['/rollouts?limit=%201', /limit must be a whole number/],
  ['/rollouts?limit=1%00', /limit must be a whole number/],
  ['/rollouts?limit=Infinity', /limit must be a whole number/],
  ['/rollouts?limit=99999999999999999999', /limit must be a whole number/],
  ['/rollouts?limit=%D9%A1', /limit must be a whole number/],
  ['/rollouts?limit[]=1', /^the parameter limit\[\] is not known/],
  ['/rollouts?continue=x', /continue is no token of an answer before; leave it out to begin anew/],
  ['/rollouts?continue=djEgYQ==', /continue is no token/],
  ['/rollouts?phase=stuck', /phase must be one of published, active, paused, .*, not "stuck"/],
  ['/rollouts?phase=', /phase must be one of/],
  ['/rollouts?phase=Active', /phase must be one of/],
  ['/rollouts?fieldSelector=status.phase%3Dactive', /fieldSelector is served as metadata.name=NAME only/],
  ['/rollouts?fieldSelector=metadata.name!%3Da', /fieldSelector is served as metadata.name=NAME only/],
  ['/rollouts?labelSelector=a%3Db', /labelSelector is not served here; kubectl get rolloutplans -l … is/],
  ['/rollouts?includeObject=All', /includeObject must be one of None, Metadata, Object, not "All"/],
  [
    '/rollouts/stuck?threshold_seconds=soon',
    /threshold_seconds must be a whole number from 0 to 315360000, not "soon"/,
  ],
  ['/rollouts/stuck?threshold_seconds=-3600', /threshold_seconds must be a whole number/],
  ['/rollouts/stuck?threshold_seconds=315360001', /threshold_seconds must be a whole number/],
  ['/rollouts/stuck?threshold=60', /^the parameter threshold is not known; known here: threshold_seconds$/],
  ['/rollouts/stuck?threshold_seconds=1&threshold_seconds=2', /threshold_seconds is given more than once/],
  [`${PLAN_PATH}?dryRun=All`, /^the parameter dryRun is not known$/],
  [`${PLAN_PATH}?limit=1`, /^the parameter limit is not known$/],
  [`${PLAN_PATH}/nodes?state=broken`, /state must be one of pending, activating/],
  [`${PLAN_PATH}/nodes?stage=s1&stage=s1`, /stage is given more than once/],
  [`${PLAN_PATH}/history?limit=1`, /^the parameter limit is not known$/],
]

const DRY_RUNS: readonly (readonly [query: string, says: RegExp])[] = [
  ['dryRun=', /dryRun must be All, not ""/],
  ['dryRun', /dryRun must be All, not ""/],
  ['dryRun=all', /dryRun must be All, not "all"/],
  ['dryRun=true', /dryRun must be All, not "true"/],
  ['dryRun=None', /dryRun must be All/],
  ['dryRun=All&dryRun=All', /dryRun is given more than once/],
  ['dryRun=All%00', /dryRun must be All/],
  ['dryrun=All', /^the parameter dryrun is not known; known here: dryRun$/],
  ['dry_run=All', /^the parameter dry_run is not known; known here: dryRun$/],
]

const WATCHES = ['/rollouts?watch=true', '/rollouts?watch', '/rollouts?watch=1', `${PLAN_PATH}?watch=true`] as const

/** What a request asks beside its path. */
export const QUERIES: readonly Case[] = [
  ...READS.map(([path, says]) => ({ ...bad, title: `GET ${path}`, path, says })),
  ...DRY_RUNS.flatMap(([query, says]) => [
    { ...bad, method: 'POST', title: `recover with ${query}`, path: `${PLAN_PATH}/recover?${query}`, body: GOOD, says },
    { ...bad, method: 'DELETE', title: `delete with ${query}`, path: `${PLAN_PATH}?${query}`, says },
  ]),
  ...WATCHES.map(path => ({
    ...bad,
    title: `GET ${path}`,
    path,
    status: 405,
    error: 'method_not_allowed',
    says: /watching is not served here, only GET, HEAD, (POST|DELETE); poll with If-None-Match/,
  })),
  { method: 'GET', title: 'a watch that is none', path: '/rollouts?watch=false', status: 200 },
  { method: 'GET', title: 'what kubectl adds', path: '/rollouts?limit=500&timeout=32s&pretty=true', status: 200 },
  { method: 'GET', title: 'a selector of nothing', path: '/rollouts?labelSelector=&fieldSelector=', status: 200 },
  {
    method: 'POST',
    title: 'what kubectl adds to a write',
    path: `${RECOVER}&fieldManager=kubectl&fieldValidation=Strict`,
    body: GOOD,
    status: 200,
  },
]
