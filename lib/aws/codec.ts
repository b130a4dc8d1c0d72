import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib'
import type { Sighting } from '../model.ts'

/** Larger than anything podtrail writes as one value; what a table holds beyond that was not written by podtrail. */
const INFLATED_MAX = 1 << 30

export function packed(value: unknown): Uint8Array {
  return compressed(Buffer.from(JSON.stringify(value)))
}

export function unpacked<Value>(bytes: Uint8Array): Value {
  return JSON.parse(decompressed(bytes).toString()) as Value
}

/** Brotli at this quality takes little longer than deflate, and a fifth less room where several files stand together. */
export function compressed(bytes: Uint8Array): Uint8Array {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
}

export function decompressed(bytes: Uint8Array): Buffer {
  return brotliDecompressSync(bytes, { maxOutputLength: INFLATED_MAX })
}

/** What most sightings have in common, so that each of them deflates to what it has of its own. Never to be changed. */
const USUAL = Buffer.from(
  `{"identity":["","","","","","","","","",null,false]"AWSAccount","AssumedRole","IAMUser","arn:aws:iam::arn:aws:sts:::user/AWSService","","","lambda.amazonaws.com","ec2.amazonaws.com","pods.eks.amazonaws.com","arn:aws:iam:::oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/","WebIdentityUser","system:serviceaccount:","{\\"eks-cluster-arn\\":\\"arn:aws:eks:\\",\\"eks-cluster-name\\":\\"kubernetes-namespace\\":\\"kubernetes-service-account\\":\\"kubernetes-pod-name\\":\\"kubernetes-pod-uid\\":\\"}","eu-west-1","us-east-1","aws-sdk-go-v2/1. os/linux lang/go#1. md/GOOS#linux md/GOARCH#amd64 api/sts#1.","Boto3/1. md/Botocore#1. ua/2.0 os/linux#5. md/arch#x86_64 lang/python#3. md/pyimpl#CPython","aws-sdk-java/2. Linux/5.10 OpenJDK_64-Bit_Server_VM/17","botocore-session-17","sts.amazonaws.com","AssumeRole","AssumeRoleWithSAML","AssumeRoleWithWebIdentity","arn:aws:iam:::role/","AROA","ASIA`,
)

const IDENTITY = [
  'type',
  'principalId',
  'arn',
  'account',
  'key',
  'userName',
  'provider',
  'invokedBy',
  'role',
  'issuedAt',
  'fromInstance',
] as const
const SIGHTING = [
  'key',
  'eventId',
  'sharedEventId',
  'recipient',
  'region',
  'action',
  'at',
  'expiresAt',
  'role',
  'roleId',
  'sessionName',
  'identity',
  'subject',
  'provider',
  'audience',
  'externalId',
  'tags',
  'inheritedTags',
  'sourceIp',
  'vpcEndpoint',
  'userAgent',
] as const

export function packedSighting(sighting: Sighting): Uint8Array {
  const identity = IDENTITY.map((field) => sighting.identity[field])
  const fields = SIGHTING.map((field) => (field === 'identity' ? identity : sighting[field]))
  return deflateRawSync(JSON.stringify(fields), { dictionary: USUAL, level: 9 })
}

export function unpackedSighting(bytes: Uint8Array): Sighting {
  const text = inflateRawSync(bytes, { dictionary: USUAL, maxOutputLength: INFLATED_MAX })
  const sighting = named(SIGHTING, JSON.parse(text.toString()) as unknown[])
  sighting['identity'] = named(IDENTITY, sighting['identity'] as unknown[])
  return sighting as unknown as Sighting
}

function named(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}
