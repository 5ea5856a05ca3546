"""Where and when the flows run: work pools, queues, schedules."""
