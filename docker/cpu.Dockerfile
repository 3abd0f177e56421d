# Device cpp: docker build -f docker/cpu.Dockerfile -t lateralnet .
# Run in a folder of results: docker run --rm -v "$PWD:/data" lateralnet run --mode ll_fast
FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY lateralnet lateralnet
COPY backends backends
COPY sorn sorn
RUN pip install --no-cache-dir ".[xarray,neuro,search]"
# Programs are compiled once and kept where results are.
ENV LATERALNET_CACHE=/data/.lateralnet-cache
WORKDIR /data
ENTRYPOINT ["lateralnet"]
CMD ["--help"]
