"""The operations of Pub/Sub that the fake supports: https://cloud.google.com/pubsub/docs/reference/rest."""

from google.pubsub_v1 import types

from fakes.google.route import route

_PUBLISHER = "google.pubsub.v1.Publisher"
_SUBSCRIBER = "google.pubsub.v1.Subscriber"
_TOPIC = "projects/*/topics/*"
_SUBSCRIPTION = "projects/*/subscriptions/*"

ROUTES = (
    # a create operation takes the resource itself as its request
    route(_PUBLISHER, types.Topic, "PUT", f"/v1/{{name={_TOPIC}}}", "*")._replace(name="CreateTopic"),
    route(_PUBLISHER, types.GetTopicRequest, "GET", f"/v1/{{topic={_TOPIC}}}"),
    route(_PUBLISHER, types.ListTopicsRequest, "GET", "/v1/{project=projects/*}/topics"),
    route(_PUBLISHER, types.DeleteTopicRequest, "DELETE", f"/v1/{{topic={_TOPIC}}}"),
    route(_PUBLISHER, types.PublishRequest, "POST", f"/v1/{{topic={_TOPIC}}}:publish", "*"),
    route(_SUBSCRIBER, types.Subscription, "PUT", f"/v1/{{name={_SUBSCRIPTION}}}", "*")._replace(
        name="CreateSubscription"
    ),
    route(_SUBSCRIBER, types.GetSubscriptionRequest, "GET", f"/v1/{{subscription={_SUBSCRIPTION}}}"),
    route(_SUBSCRIBER, types.ListSubscriptionsRequest, "GET", "/v1/{project=projects/*}/subscriptions"),
    route(_SUBSCRIBER, types.DeleteSubscriptionRequest, "DELETE", f"/v1/{{subscription={_SUBSCRIPTION}}}"),
    route(_SUBSCRIBER, types.PullRequest, "POST", f"/v1/{{subscription={_SUBSCRIPTION}}}:pull", "*"),
    route(_SUBSCRIBER, types.AcknowledgeRequest, "POST", f"/v1/{{subscription={_SUBSCRIPTION}}}:acknowledge", "*"),
    route(
        _SUBSCRIBER,
        types.ModifyAckDeadlineRequest,
        "POST",
        f"/v1/{{subscription={_SUBSCRIPTION}}}:modifyAckDeadline",
        "*",
    ),
)
"""Not supported: StreamingPull, snapshots and Seek, updates of topics and subscriptions."""
