import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec'
import type { Resource, Template } from '../../scripts/packaging/template.ts'

const database = loadAwsServiceSpecSync()
const specOf = (type: string) =>
  database.lookup('resource', 'cloudFormationType', 'equals', type)[0]
type Spec = NonNullable<ReturnType<typeof specOf>>
type PropertyType = Spec['properties'][string]['type']

/** Everything in a template that CloudFormation's own schemas do not allow, and what it refers to that is not there; a line each. */
export function problemsIn(template: Template): string[] {
  const found: string[] = []
  for (const [name, resource] of Object.entries(template.Resources)) {
    const spec = specOf(resource.Type)
    if (spec === undefined) found.push(`${name}: there is no ${resource.Type}`)
    else checkFields(resource.Properties ?? {}, spec.properties, name, found)
    const condition = resource['Condition']
    if (typeof condition === 'string' && template.Conditions?.[condition] === undefined)
      found.push(`${name}: there is no condition ${condition}`)
  }
  checkReferences(template, found)
  return found
}

function checkFields(
  value: Readonly<Record<string, unknown>>,
  properties: Spec['properties'],
  path: string,
  found: string[],
): void {
  for (const key of Object.keys(value)) {
    const property = properties[key]
    if (property === undefined) found.push(`${path}.${key}: unknown`)
    else if (!fits(value[key], property.type, `${path}.${key}`, found))
      found.push(`${path}.${key}: ${JSON.stringify(value[key])} is not ${named(property.type)}`)
  }
  for (const [key, { required }] of Object.entries(properties))
    if (required === true && value[key] === undefined) found.push(`${path}.${key}: missing`)
}

/** False where the value itself is wrong; what is wrong within it goes to `found`. */
function fits(value: unknown, type: PropertyType, path: string, found: string[]): boolean {
  if (isFunction(value)) return true
  switch (type.type) {
    case 'json':
      return typeof value === 'object' || typeof value === 'string'
    case 'string':
    case 'date-time':
      return (
        ['string', 'number', 'boolean'].includes(typeof value) &&
        (type.type !== 'string' || (type.allowedValues?.includes(String(value)) ?? true))
      )
    case 'number':
    case 'integer':
      return ['number', 'string'].includes(typeof value) && Number.isFinite(Number(value))
    case 'boolean':
      return typeof value === 'boolean'
    case 'tag':
      return typeof value === 'object'
    case 'null':
      return value === null
    case 'array':
      if (!Array.isArray(value)) return false
      value.forEach((item, index) => {
        check(item, type.element, `${path}[${index}]`, found)
      })
      return true
    case 'map':
      if (!isFields(value)) return false
      for (const [key, item] of Object.entries(value))
        check(item, type.element, `${path}.${key}`, found)
      return true
    case 'ref': {
      if (!isFields(value)) return false
      const { properties } = database.get('typeDefinition', type.reference.$ref)
      checkFields(value, properties, path, found)
      return true
    }
    case 'union': {
      const attempts = type.types.map((one) => {
        const problems: string[] = []
        return fits(value, one, path, problems) ? problems : null
      })
      const possible = attempts.filter((problems) => problems !== null)
      if (possible.length === 0) return false
      if (!possible.some((problems) => problems.length === 0)) found.push(...possible[0]!)
      return true
    }
  }
}

function check(value: unknown, type: PropertyType, path: string, found: string[]): void {
  if (!fits(value, type, path, found))
    found.push(`${path}: ${JSON.stringify(value)} is not ${named(type)}`)
}

function named(type: PropertyType): string {
  if (type.type === 'string' && type.allowedValues !== undefined)
    return type.allowedValues.join('|')
  return type.type
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFunction(value: unknown): boolean {
  if (!isFields(value)) return false
  const keys = Object.keys(value)
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0]!.startsWith('Fn::'))
}

function checkReferences(template: Template, found: string[]): void {
  const names = new Set([
    ...Object.keys(template.Resources),
    ...Object.keys(template.Parameters ?? {}),
  ])
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, path)
    if (!isFields(value)) return
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text, 'Fn::If': choice } = value
    if (typeof ref === 'string' && !ref.startsWith('AWS::') && !names.has(ref))
      found.push(`${path}: there is no ${ref}`)
    if (Array.isArray(attribute)) {
      const [name, field] = attribute as [string, string]
      const resource = template.Resources[name]
      if (resource === undefined) found.push(`${path}: there is no ${name}`)
      else if (!attributesOf(resource).includes(field))
        found.push(`${path}: ${name} has no ${field}`)
    }
    if (typeof text === 'string')
      for (const [, name] of text.matchAll(/\$\{([^!}.]+)[^}]*\}/g))
        if (!name!.startsWith('AWS::') && !names.has(name!))
          found.push(`${path}: there is no ${name}`)
    if (Array.isArray(choice) && template.Conditions?.[String(choice[0])] === undefined)
      found.push(`${path}: there is no condition ${String(choice[0])}`)
    for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`)
  }
  for (const [name, resource] of Object.entries(template.Resources)) visit(resource, name)
  visit(template.Outputs ?? {}, 'Outputs')
}

function attributesOf({ Type }: Resource): string[] {
  const spec = specOf(Type)
  return spec === undefined
    ? []
    : [...Object.keys(spec.attributes), ...Object.keys(spec.properties)]
}
