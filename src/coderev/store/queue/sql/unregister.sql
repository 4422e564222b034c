-- A worker that ends. What it still has is left without a worker, and the next sweep gives it back.
SELECT procrastinate_unregister_worker_v1(%(worker)s)
