import {
  clusterOfPlace,
  clusterRef,
  cutOf,
  isObject,
  labelsOf,
  listOf,
  objectOf,
  type Place,
  type Reading,
  textOf,
  textsOf,
} from './json.ts'

/**
 * `aws eks list-fargate-profiles` and `describe-fargate-profile`
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_FargateProfile.html
 */
export function readFargate(output: Record<string, unknown>, place: Place): Reading | null {
  if (Array.isArray(output['fargateProfileNames'])) {
    const cluster = clusterOfPlace(place)
    if (cluster === null)
      return 'a list of Fargate profiles names no cluster: put it into a folder named after the cluster'
    const items = textsOf(output['fargateProfileNames'])
    const missing = cutOf(output, 'aws eks list-fargate-profiles')
    return [{ kind: 'fargate-profiles', cluster, part: { items, missing } }]
  }
  const profile = output['fargateProfile']
  if (!isObject(profile)) return null
  const name = textOf(profile['fargateProfileName'])
  const arn = textOf(profile['fargateProfileArn'])
  const cluster = clusterRef(textOf(profile['clusterName']), arn, place)
  if (name === null || cluster === null) return 'the Fargate profile lacks its name or its cluster'
  const selectors = listOf(profile['selectors'])
    .map(objectOf)
    .flatMap((selector) => {
      const namespace = textOf(selector['namespace'])
      return namespace === null ? [] : [{ namespace, labels: labelsOf(selector['labels']) }]
    })
  const executionRole = textOf(profile['podExecutionRoleArn'])
  return [{ kind: 'fargate-profile', cluster, profile: { name, executionRole, selectors } }]
}
