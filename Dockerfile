# The API and the built handbook in one image: `docker build --tag nexus .`

# The handbook is built with everything that building needs, and only its files go on.
FROM python:3.13-slim-trixie AS handbook
WORKDIR /build
RUN --mount=type=cache,target=/root/.cache/pip python -m venv /opt/venv
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
# First the API that runs in the pages, which only the code goes into: npm brings what package-lock.json names.
COPY package.json package-lock.json manage.py ./
COPY hub hub
COPY demo_api demo_api
RUN --mount=type=cache,target=/root/.npm /opt/venv/bin/python -m hub page-api
COPY . .
RUN /opt/venv/bin/python -m hub build

# The API's own packages, compiled nowhere: wheels only.
FROM python:3.13-slim-trixie AS packages
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements-api.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements-api.txt

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --home-dir /app nexus && mkdir -p /app/mediafiles /app/importfiles /app/var/metrics \
    && chown nexus /app/mediafiles /app/importfiles /app/var /app/var/metrics
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_ENV=production
# Where the workers count together.
ENV PROMETHEUS_MULTIPROC_DIR=/app/var/metrics
COPY --from=packages /opt/venv /opt/venv
COPY --from=handbook /build/site site
COPY manage.py gunicorn.conf.py ./
COPY scripts scripts
COPY demo_api demo_api
# The key is only for this command, which signs nothing.
RUN DJANGO_SECRET_KEY=for-collecting-static-files-and-for-nothing-else-at-all-000 python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/health/ready/', headers={'Host': 'localhost'}), timeout=2)"]
CMD ["gunicorn", "demo_api.nexus.wsgi:application", "--bind", "0.0.0.0:8000"]
