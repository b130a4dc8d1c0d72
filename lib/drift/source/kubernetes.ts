import { isObject, labelsOf, listOf, objectOf, type Place, textOf } from './json.ts'

/** An object of the cluster, as kubectl prints it. */
export interface Listed {
  readonly namespace: string
  readonly name: string
  readonly labels: Record<string, string>
  readonly annotations: Record<string, string>
  readonly object: Record<string, unknown>
}

/**
 * The objects of one kind in the output of `kubectl get … -o json`; null: it is something else. Of an empty list, kubectl does not
 * say the kind; there the name of the file has to.
 */
export function listedAs(
  kind: string,
  fileNames: RegExp,
  output: Record<string, unknown>,
  { file }: Place,
): Listed[] | null {
  const own = textOf(output['kind'])
  if (own !== 'List' && own !== `${kind}List` && own !== kind) return null
  const items = own === kind ? [output] : listOf(output['items'])
  const objects = items.filter(isObject)
  if (own === 'List' && !objects.some((object) => object['kind'] === kind))
    return objects.length === 0 && fileNames.test(file) ? [] : null
  return objects
    .filter((object) => object['kind'] === undefined || object['kind'] === kind)
    .flatMap((object) => {
      const metadata = objectOf(object['metadata'])
      const name = textOf(metadata['name'])
      const namespace = textOf(metadata['namespace']) ?? 'default'
      const labels = labelsOf(metadata['labels'])
      const annotations = labelsOf(metadata['annotations'])
      return name === null ? [] : [{ namespace, name, labels, annotations, object }]
    })
}

export const NO_CLUSTER =
  'Kubernetes output names no cluster: put it into a folder named after the cluster, or give --cluster'

/** Why a list is not complete; null: it is. */
export function cutList(output: Record<string, unknown>, what: string): string | null {
  return textOf(objectOf(output['metadata'])['continue']) === null
    ? null
    : `the list of ${what} ends in the middle: save it with "kubectl get ${what} -A -o json"`
}
