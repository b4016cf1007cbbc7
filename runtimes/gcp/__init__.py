"""Google Cloud: Cloud Functions, Pub/Sub, Secret Manager, Cloud Storage."""
