import { compileShape, type NestedField, type Shape } from '../source/walk.ts'

/**
 * The fields of a CloudTrail record that podtrail reads, each with a slot number. Field names:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export const SLOT = {
  eventVersion: 0,
  userIdentity: 1,
  eventTime: 2,
  eventSource: 3,
  eventName: 4,
  awsRegion: 5,
  sourceIPAddress: 6,
  userAgent: 7,
  errorCode: 8,
  errorMessage: 9,
  requestParameters: 10,
  responseElements: 11,
  additionalEventData: 12,
  eventID: 13,
  eventType: 14,
  eventCategory: 15,
  recipientAccountId: 16,
  sharedEventID: 17,
  vpcEndpointId: 18,
  resources: 19,
  addendum: 20,
  identityType: 21,
  principalId: 22,
  identityArn: 23,
  identityAccount: 24,
  accessKeyId: 25,
  identityUserName: 26,
  identityProvider: 27,
  invokedBy: 28,
  sessionContext: 29,
  issuerType: 30,
  issuerPrincipalId: 31,
  issuerArn: 32,
  issuerAccount: 33,
  creationDate: 34,
  ec2RoleDelivery: 35,
  requestRoleArn: 36,
  requestSessionName: 37,
  requestExternalId: 38,
  requestTags: 39,
  incomingTransitiveTags: 40,
  issuedKey: 41,
  expiration: 42,
  assumedRoleId: 43,
  assumedRoleArn: 44,
  subject: 45,
  provider: 46,
  audience: 47,
  bucketName: 48,
  tableName: 49,
  queueUrl: 50,
  secretId: 51,
  keyId: 52,
  functionName: 53,
  logGroupName: 54,
  topicArn: 55,
  streamName: 56,
  records: 57,
  detail: 58,
  detailType: 59,
  lookupEvents: 60,
  logEvents: 61,
  cloudTrailEvent: 62,
  originalEventID: 63,
  onBehalfOfUser: 64,
  logFiles: 65,
  digestFingerprint: 66,
  notificationMessage: 67,
  notificationBody: 68,
  notificationS3: 69,
  notificationSns: 70,
  testEvent: 71,
  principalArn: 72,
  requestPrincipalTags: 73,
  invokedByDelegate: 74,
  samlUser: 75,
  resourceArn: 76,
  // No one asks for these, but two of one in a record would be read as one.
  sessionIssuer: 77,
  attributes: 78,
  onBehalfOf: 79,
  credentials: 80,
  assumedRoleUser: 81,
  roleName: 82,
} as const

export const SLOT_COUNT = 83

const userIdentity: NestedField = {
  slot: SLOT.userIdentity,
  shape: {
    type: SLOT.identityType,
    principalId: SLOT.principalId,
    arn: SLOT.identityArn,
    accountId: SLOT.identityAccount,
    accessKeyId: SLOT.accessKeyId,
    userName: SLOT.identityUserName,
    identityProvider: SLOT.identityProvider,
    invokedBy: SLOT.invokedBy,
    sessionContext: {
      slot: SLOT.sessionContext,
      shape: {
        sessionIssuer: {
          slot: SLOT.sessionIssuer,
          shape: {
            type: SLOT.issuerType,
            principalId: SLOT.issuerPrincipalId,
            arn: SLOT.issuerArn,
            accountId: SLOT.issuerAccount,
          },
        },
        attributes: { slot: SLOT.attributes, shape: { creationDate: SLOT.creationDate } },
        ec2RoleDelivery: SLOT.ec2RoleDelivery,
      },
    },
    onBehalfOf: { slot: SLOT.onBehalfOf, shape: { userId: SLOT.onBehalfOfUser } },
  },
}

/** `requestParameters`, walked only where something in it is needed. */
export const REQUEST = compileShape({
  roleArn: SLOT.requestRoleArn,
  roleSessionName: SLOT.requestSessionName,
  externalId: SLOT.requestExternalId,
  principalArn: SLOT.principalArn,
  tags: SLOT.requestTags,
  incomingTransitiveTags: SLOT.incomingTransitiveTags,
  bucketName: SLOT.bucketName,
  tableName: SLOT.tableName,
  queueUrl: SLOT.queueUrl,
  secretId: SLOT.secretId,
  keyId: SLOT.keyId,
  functionName: SLOT.functionName,
  logGroupName: SLOT.logGroupName,
  topicArn: SLOT.topicArn,
  streamName: SLOT.streamName,
  roleName: SLOT.roleName,
})

/** `responseElements` of an STS call. */
export const RESPONSE = compileShape({
  credentials: {
    slot: SLOT.credentials,
    shape: { accessKeyId: SLOT.issuedKey, expiration: SLOT.expiration },
  },
  assumedRoleUser: {
    slot: SLOT.assumedRoleUser,
    shape: { assumedRoleId: SLOT.assumedRoleId, arn: SLOT.assumedRoleArn },
  },
  subjectFromWebIdentityToken: SLOT.subject,
  subject: SLOT.samlUser,
  provider: SLOT.provider,
  audience: SLOT.audience,
})

const record: Shape = {
  eventVersion: SLOT.eventVersion,
  userIdentity,
  eventTime: SLOT.eventTime,
  eventSource: SLOT.eventSource,
  eventName: SLOT.eventName,
  awsRegion: SLOT.awsRegion,
  sourceIPAddress: SLOT.sourceIPAddress,
  userAgent: SLOT.userAgent,
  errorCode: SLOT.errorCode,
  errorMessage: SLOT.errorMessage,
  requestParameters: SLOT.requestParameters,
  responseElements: SLOT.responseElements,
  additionalEventData: SLOT.additionalEventData,
  eventID: SLOT.eventID,
  resources: SLOT.resources,
  eventType: SLOT.eventType,
  eventCategory: SLOT.eventCategory,
  recipientAccountId: SLOT.recipientAccountId,
  sharedEventID: SLOT.sharedEventID,
  vpcEndpointId: SLOT.vpcEndpointId,
  addendum: SLOT.addendum,
}

/** One CloudTrail record. */
export const RECORD = compileShape(record)

/**
 * A document that may be a record, or one of the wrappings that records and their announcements come in:
 * a log file, an EventBridge envelope, a CloudWatch Logs subscription payload, LookupEvents output,
 * a digest file, an S3, SNS or SQS notification.
 */
export const DOCUMENT = compileShape({
  Records: SLOT.records,
  ...record,
  detail: SLOT.detail,
  'detail-type': SLOT.detailType,
  Events: SLOT.lookupEvents,
  logEvents: SLOT.logEvents,
  CloudTrailEvent: SLOT.cloudTrailEvent,
  logFiles: SLOT.logFiles,
  digestPublicKeyFingerprint: SLOT.digestFingerprint,
  Message: SLOT.notificationMessage,
  Event: SLOT.testEvent,
})

/** An element of `Records` in a notification rather than a log file. */
export const NOTIFIED = compileShape({
  s3: SLOT.notificationS3,
  Sns: SLOT.notificationSns,
  body: SLOT.notificationBody,
})

/** An element of `resources`. */
export const RESOURCE = compileShape({ ARN: SLOT.resourceArn })

/** `addendum`: the record was delivered late, or corrects another. */
export const ADDENDUM = compileShape({ originalEventID: SLOT.originalEventID })
