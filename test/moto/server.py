"""moto's server with the one field of AWS it leaves out and our S3 collectors cannot do without."""
from moto.s3.responses import S3Response
from moto.server import main

serialized = S3Response.serialized


def with_regions(self, answer):
    """AWS sends the region of every bucket in a paged ListBuckets; moto 5.2.5 does not."""
    result = answer.result
    if isinstance(result, dict):
        for bucket in result.get("Buckets", []):
            bucket["BucketRegion"] = self.backend.get_bucket(bucket["Name"]).region_name
    return serialized(self, answer)


S3Response.serialized = with_regions
main()
