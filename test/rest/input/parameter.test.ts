import { expect } from 'chai'
import { isKnown } from '../../../operator/rest/entity.ts'
import { formOf } from '../../../operator/rest/negotiation.ts'
import { checkDryRun, checkParameters, integer, isDryRun, oneOf } from '../../../operator/rest/parameter.ts'
import { pageOf } from '../../../operator/rest/resources/page.ts'
import { refusal } from '../failing.ts'

const query = (text: string) => new URLSearchParams(text)

describe('parameter', () => {
  it('that is not known is refused, with those that are', () => {
    const { code, error, message } = refusal(() => checkParameters(query('treshold_seconds=1'), ['threshold_seconds']))
    expect({ code, error }).to.deep.equal({ code: 400, error: 'bad_parameter' })
    expect(message).to.equal('the parameter treshold_seconds is not known; known here: threshold_seconds')
  })

  it('given twice is refused', () => {
    expect(refusal(() => checkParameters(query('limit=1&limit=2'), ['limit'])).message).to.include('more than once')
  })

  it('that every Kubernetes client adds is let through', () => {
    checkParameters(query('pretty=true&fieldManager=x&timeout=32s'), [])
  })

  it('is a whole number within its bounds', () => {
    expect(integer(query('n=7'), 'n', 0, 10)).to.equal(7)
    expect(integer(query(''), 'n', 0, 10)).to.equal(undefined)
    for (const text of ['-1', '11', '1.5', '1e3', ' 1', 'x', '', '0x1', '99999999999999999999'])
      expect(refusal(() => integer(query(`n=${encodeURIComponent(text)}`), 'n', 0, 10)).message).to.include(
        'from 0 to 10',
      )
  })

  it('is one of its words', () => {
    expect(oneOf(query('phase=a'), 'phase', ['a', 'b'])).to.equal('a')
    expect(refusal(() => oneOf(query('phase=c'), 'phase', ['a', 'b'])).message).to.include('must be one of a, b')
  })

  it('dryRun is All or not there', () => {
    expect([isDryRun(query('')), isDryRun(query('dryRun=All')), checkDryRun([])]).to.deep.equal([false, true, false])
    for (const text of ['dryRun=', 'dryRun=true', 'dryRun=all', 'dryRun=All&dryRun=None'])
      expect(refusal(() => isDryRun(query(text))).error).to.equal('bad_parameter')
  })
})

describe('page', () => {
  const items = ['a', 'b', 'c', 'd', 'e']
  const page = (text: string, of: readonly string[] = items) => pageOf(of, item => item, query(text))

  it('is everything when nothing else is asked for', () => {
    expect(page('')).to.deep.equal({ items, remaining: 0 })
    expect(page('limit=0')).to.deep.equal({ items, remaining: 0 })
  })

  it('goes on after the last item, though that is gone', () => {
    const first = page('limit=2')
    expect(first).to.include({ remaining: 3 })
    const second = page(`limit=2&continue=${first.continue}`, ['a', 'bb', 'c', 'd', 'e'])
    expect(second.items).to.deep.equal(['bb', 'c'])
    expect(page(`continue=${second.continue}`)).to.deep.equal({ items: ['d', 'e'], remaining: 0 })
  })

  it('is refused for a token that is none', () => {
    for (const token of ['x', 'djEgYQ==', Buffer.from('v2 a').toString('base64url')])
      expect(refusal(() => page(`continue=${token}`)).message).to.include('no token')
  })
})

describe('form of an answer', () => {
  const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

  it('is JSON for who does not mind', () => {
    for (const accept of [undefined, '', '*/*', 'application/json', 'application/*', 'text/html, */*;q=0.1'])
      expect(formOf(accept)).to.equal('json')
  })

  it('is the first that is served of those asked for', () => {
    expect(formOf(`${TABLE},application/json`)).to.equal('table')
    expect(formOf('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')).to.equal('partial')
    expect(formOf('application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json')).to.equal('json')
    expect(formOf(`application/json;q=0.5,${TABLE}`)).to.equal('table')
    expect(formOf(`application/vnd.kubernetes.protobuf,${TABLE};q=0,application/json`)).to.equal('json')
  })

  it('is none for who takes no JSON', () => {
    for (const accept of ['application/yaml', 'text/html', 'application/json;q=0'])
      expect(refusal(() => formOf(accept))).to.include({ code: 406, error: 'not_acceptable' })
  })
})

describe('entity tag', () => {
  it('is known by who names it, weakly and in a list, too', () => {
    for (const header of ['"x"', 'W/"x"', '"a", "x"', '*']) expect(isKnown(header, '"x"')).to.equal(true)
    for (const header of [undefined, 'x', '"y"']) expect(isKnown(header, '"x"')).to.equal(false)
  })
})
