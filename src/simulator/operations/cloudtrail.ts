/** LookupEvents: the event history of one account and region. */
import type { Event, LookupEventsRequest } from '@aws-sdk/client-cloudtrail';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { eventsIn } from '../trail.ts';

export function cloudtrailOperations(world: SimulatedWorld): ServiceOperations {
  return {
    LookupEvents: {
      page: { items: 'Events', inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max: 50 },
      handle: (input: LookupEventsRequest, { accountId, region, now }) => {
        const { LookupAttributes = [], StartTime, EndTime, MaxResults = 50 } = input;
        if (LookupAttributes.length > 1)
          throw new AwsError('InvalidLookupAttributesException', 'You can specify only one lookup attribute.');
        if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime)
          throw new AwsError('InvalidTimeRangeException', 'The start time must be before the end time.');
        if (MaxResults < 1 || MaxResults > 50)
          throw new AwsError('InvalidMaxResultsException', 'The value of MaxResults must be between 1 and 50.');
        const [wanted] = LookupAttributes;
        const Events = eventsIn(world.state(accountId), region, now).filter((event) => {
          const at = event.EventTime ?? new Date(0);
          if ((StartTime !== undefined && at < StartTime) || (EndTime !== undefined && at > EndTime)) return false;
          return wanted === undefined || valuesOf(event, wanted.AttributeKey).includes(wanted.AttributeValue);
        });
        return { Events };
      },
    },
  };
}

/** @throws AwsError for an attribute that CloudTrail does not know */
function valuesOf(event: Event, key: string | undefined): (string | undefined)[] {
  const { EventId, EventName, EventSource, ReadOnly, Username, AccessKeyId, Resources = [] } = event;
  switch (key) {
    case 'ResourceName':
      return Resources.map(({ ResourceName }) => ResourceName);
    case 'ResourceType':
      return Resources.map(({ ResourceType }) => ResourceType);
    case 'EventId':
      return [EventId];
    case 'EventName':
      return [EventName];
    case 'EventSource':
      return [EventSource];
    case 'ReadOnly':
      return [ReadOnly];
    case 'Username':
      return [Username];
    case 'AccessKeyId':
      return [AccessKeyId];
    default:
      throw new AwsError('InvalidLookupAttributesException', 'The lookup attribute is not valid.');
  }
}
