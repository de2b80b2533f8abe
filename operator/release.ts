import manifest from '../package.json' with { type: 'json' }

/** This release of the operator and of everything that comes with it. */
export const RELEASE: string = manifest.version
