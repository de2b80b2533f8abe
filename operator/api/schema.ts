/**
 * The subset of OpenAPI v3 that a CustomResourceDefinition accepts ("structural schema"), as TypeScript literals.
 *
 * One literal is the source of three things: the static type (`Infer`), the ajv validator and `crds/*.yaml`.
 * What is written here is exactly what the API server sees.
 *
 * Rules of structural schemas: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */

/** A CEL rule that the API server evaluates on write. Every rule says what a person should do instead. */
export type Rule = {
  readonly rule: string
  readonly message?: string
  /** CEL that yields the message; falls back to `message`. */
  readonly messageExpression?: string
  readonly fieldPath?: string
  readonly reason?: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueDuplicate'
}

type Common = {
  readonly description?: string
  readonly 'x-kubernetes-validations'?: readonly Rule[]
}

export type StringSchema = Common & {
  readonly type: 'string'
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly format?: 'date-time'
  readonly default?: string
}

export type IntegerSchema = Common & {
  readonly type: 'integer'
  readonly format: 'int32' | 'int64'
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: number
}

export type NumberSchema = Common & {
  readonly type: 'number'
  readonly format: 'double'
  readonly minimum?: number
  readonly maximum?: number
}

export type BooleanSchema = Common & { readonly type: 'boolean'; readonly default?: boolean }

/** A count or a percentage, as Kubernetes writes them: `5` or `"5%"`. */
export type IntOrStringSchema = Common & {
  readonly 'x-kubernetes-int-or-string': true
  readonly anyOf: readonly [{ readonly type: 'integer' }, { readonly type: 'string' }]
  readonly pattern: string
  readonly minimum: number
  readonly maximum: number
  readonly maxLength: number
  readonly default?: number | string
}

export type ArraySchema = Common & {
  readonly type: 'array'
  readonly items: Schema
  readonly minItems?: number
  readonly maxItems: number
  readonly default?: readonly unknown[]
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}

export type MapSchema = Common & {
  readonly type: 'object'
  readonly additionalProperties: StringSchema
  readonly maxProperties: number
}

export type ObjectSchema = Common & {
  readonly type: 'object'
  readonly properties: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly default?: { readonly [name: string]: unknown }
  readonly 'x-kubernetes-map-type'?: 'atomic'
}

export type Schema =
  | StringSchema
  | IntegerSchema
  | NumberSchema
  | BooleanSchema
  | IntOrStringSchema
  | ArraySchema
  | MapSchema
  | ObjectSchema

type RequiredNames<S> = S extends { readonly required: readonly (infer R)[] } ? R : never

/** Present in what the server returns: required, or filled in by a default. */
type PresentNames<S extends ObjectSchema> = {
  [K in keyof S['properties']]: K extends RequiredNames<S>
    ? K
    : S['properties'][K] extends { readonly default: unknown }
      ? K
      : never
}[keyof S['properties']]

type Flatten<T> = { [K in keyof T]: T[K] } & {}

type InferObject<S extends ObjectSchema> = Flatten<
  { readonly [K in PresentNames<S>]: Infer<S['properties'][K]> } & {
    readonly [K in Exclude<keyof S['properties'], PresentNames<S>>]?: Infer<S['properties'][K]>
  }
>

/** The static type of an object that the API server has validated and defaulted. */
export type Infer<S> = S extends { readonly 'x-kubernetes-int-or-string': true }
  ? number | string
  : S extends { readonly type: 'string'; readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly type: 'string' }
      ? string
      : S extends { readonly type: 'integer' | 'number' }
        ? number
        : S extends { readonly type: 'boolean' }
          ? boolean
          : S extends { readonly type: 'array'; readonly items: infer I }
            ? readonly Infer<I>[]
            : S extends { readonly type: 'object'; readonly additionalProperties: infer V }
              ? { readonly [key: string]: Infer<V> }
              : S extends ObjectSchema
                ? InferObject<S>
                : never
