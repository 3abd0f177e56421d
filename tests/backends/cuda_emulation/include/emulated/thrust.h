// Thrust: vectors on both sides.
#pragma once
#include "runtime.h"

namespace thrust {

template <class T>
class device_vector;

template <class T>
class host_vector : public std::vector<T>
{
public:
    using std::vector<T>::vector;
    host_vector() = default;
    host_vector& operator=(const device_vector<T>& other)
    {
        this->resize(other.size());
        if (other.size())
            cudaMemcpy(this->data(), other.data(), other.size() * sizeof(T), cudaMemcpyDeviceToHost);
        return *this;
    }
};

template <class T>
class device_reference
{
    T* place;

public:
    explicit device_reference(T* place_) : place(place_) {}
    T* operator&() const { return place; }
    device_reference& operator=(const T& value)
    {
        cudaMemcpy(place, &value, sizeof(T), cudaMemcpyHostToDevice);
        return *this;
    }
    operator T() const
    {
        T value;
        cudaMemcpy(&value, place, sizeof(T), cudaMemcpyDeviceToHost);
        return value;
    }
};

template <class T>
class device_vector
{
    T* values = nullptr;
    size_t n = 0, room = 0;

    void reserve(size_t wanted)
    {
        if (wanted <= room)
            return;
        T* bigger;
        cudaMalloc(&bigger, wanted * sizeof(T));
        if (n)
            cudaMemcpy(bigger, values, n * sizeof(T), cudaMemcpyDeviceToDevice);
        cudaFree(values);
        values = bigger;
        room = wanted;
    }

public:
    device_vector() = default;
    explicit device_vector(size_t size_) { resize(size_); }
    device_vector(const device_vector&) = delete;
    device_vector& operator=(const device_vector&) = delete;
    device_vector& operator=(const host_vector<T>& other)
    {
        n = 0;
        reserve(other.size());
        n = other.size();
        if (n)
            cudaMemcpy(values, other.data(), n * sizeof(T), cudaMemcpyHostToDevice);
        return *this;
    }
    size_t size() const { return n; }
    const T* data() const { return values; }
    device_reference<T> operator[](size_t k) { return device_reference<T>(values + k); }
    void resize(size_t wanted)
    {
        reserve(wanted);
        if (wanted > n)
        {
            emulation::counters.launches["thrust::fill"]++;
            emulation::Access access;
            std::fill(values + n, values + wanted, T());
        }
        n = wanted;
    }
    void clear() { n = 0; }
    void shrink_to_fit()
    {
        if (n == 0 && room)
        {
            cudaFree(values);
            values = nullptr;
            room = 0;
        }
    }
    void swap(device_vector& other)
    {
        std::swap(values, other.values);
        std::swap(n, other.n);
        std::swap(room, other.room);
    }
};

template <class T>
inline T* raw_pointer_cast(T* pointer) { return pointer; }

}  // namespace thrust
