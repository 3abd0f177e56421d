# Device cuda: docker build -f docker/cuda.Dockerfile -t lateralnet-cuda .
# Run: docker run --rm --gpus all -v "$PWD:/data" lateralnet-cuda run --mode ll_fast --device cuda
# Brian2CUDA 1.0b1 needs Python >= 3.12 and nvcc, so this is the devel image.
FROM nvidia/cuda:12.6.3-devel-ubuntu24.04
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ make python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
ENV CUDA_PATH=/usr/local/cuda PATH=/opt/venv/bin:/usr/local/cuda/bin:$PATH
RUN python3 -m venv /opt/venv
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY lateralnet lateralnet
COPY backends backends
COPY sorn sorn
RUN pip install --no-cache-dir ".[cuda,xarray]"
ENV LATERALNET_CACHE=/data/.lateralnet-cache
WORKDIR /data
ENTRYPOINT ["lateralnet"]
CMD ["--help"]
