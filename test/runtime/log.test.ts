import { expect } from 'chai'
import { ApiError } from '../../operator/kube/errors.ts'
import { createLog } from '../../operator/runtime/log.ts'
import { logLines } from './log-lines.ts'

describe('log', () => {
  it('writes one JSON object a line, with the fields of its parents', () => {
    const { log, lines } = logLines()
    log.child({ controller: 'plans' }).child({ key: 'fleet/a' }).warn('slow', { ms: 7 })
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include({ level: 'warn', msg: 'slow', controller: 'plans', key: 'fleet/a', ms: 7 })
    expect(lines[0]?.time).to.match(/^\d{4}-\d\d-\d\dT/)
  })

  it('writes an error with its code, reason and causes', () => {
    const { log, lines } = logLines()
    const cause = new Error('inner', { cause: new ApiError('GET /x', 403, { reason: 'Forbidden', message: 'no' }) })
    log.error('failed', { error: new Error('outer', { cause }) })
    const error = lines[0]?.error as { message: string; stack: string; cause: { message: string; cause: unknown } }
    expect(error.message).to.equal('outer')
    expect(error.stack).to.contain('log.test.ts')
    expect(error.cause.message).to.equal('inner')
    expect(error.cause.cause).to.deep.include({ name: 'ApiError', code: 403, reason: 'Forbidden' })
  })

  it('writes nothing else that hangs on an error', () => {
    const { log, lines } = logLines()
    log.error('failed', { error: Object.assign(new Error('no'), { headers: { authorization: 'Bearer secret' } }) })
    expect(JSON.stringify(lines)).not.to.contain('secret')
  })

  it('survives an error that is its own cause, and one that is no error', () => {
    const { log, lines } = logLines()
    const error = new Error('round')
    error.cause = error
    log.error('a', { error })
    log.error('b', { error: 'text' })
    expect(lines).to.have.length(2)
    expect(lines[1]?.error).to.deep.equal({ message: 'text' })
  })

  it('leaves out what is below its level', () => {
    const written: string[] = []
    const log = createLog({ level: 'warn', destination: { write: line => void written.push(line) } })
    log.info('no')
    log.child({ a: 1 }).debug('no')
    log.error('yes')
    expect(written).to.have.length(1)
  })

  it('writes text for people when asked to', () => {
    const written: string[] = []
    const log = createLog({ format: 'text', destination: { write: line => void written.push(line) } })
    log.error('failed', { key: 'fleet/a', count: 2, error: new Error('outer', { cause: new Error('inner') }) })
    expect(written.join('')).to.match(/^\d\d:\d\d:\d\d\.\d{3} ERROR failed key=fleet\/a count=2\n {2}Error: outer/)
    expect(written.join('')).to.contain('caused by: inner')
  })
})
